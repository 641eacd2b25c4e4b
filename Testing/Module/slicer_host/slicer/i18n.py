"""Stand-in of Slicer's translation: English stays English."""


def tr(text: str) -> str:
    return text


def translate(context: str, text: str) -> str:
    return text
