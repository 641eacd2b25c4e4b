"""The one style of every plot."""
