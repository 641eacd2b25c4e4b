"""Is there a dask scheduler at an address? Asked before anything is written, and answered within seconds.

Dask's own client tries for half a minute and ends in tracebacks of its event loop.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import is_file
from OVCFRiskLib.json_text import read_json
from OVCFRiskLib.plain_text import LONGEST_NAME, printable

# [scheme://]host:port; an IPv6 host stands in brackets, for it has colons of its own.
ADDRESS = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:/\s]+):(?P<port>\d{1,5})/?")
# Schemes of sockets that can be tried; others (ucx) are left to dask.
SOCKET_SCHEMES = (None, "tcp", "tls")
# A machine that is there answers in milliseconds, a busy scheduler greets within a second; s.
SOCKET_CONNECT_S = 2.0
GREETING_S = 2.0
# A scheduler greets with the number of frames that follow: eight bytes, of which only the lowest is not zero.
GREETING_BYTES = 8
EXPECTED_ADDRESS = "expected the address that `dask scheduler` prints, e.g. tcp://host:8786"


def read_address(address_or_file: str) -> str:
    """The address of a scheduler, as given or from the file that ``dask scheduler --scheduler-file`` wrote.

    Raises
    ------
    OVCFRiskError
        If the file is another one.
    """
    path = Path(address_or_file)
    if path.suffix.lower() != ".json" and not is_file(path):
        return address_or_file
    document = read_json(path, "scheduler file", "give the one that `dask scheduler --scheduler-file` writes")
    address = document.get("address") if isinstance(document, dict) else None
    if not isinstance(address, str):
        raise OVCFRiskError(
            f"--dask: '{path.name}' names no address; give the file of `dask scheduler --scheduler-file`"
        )
    return address


def require_scheduler(address: str) -> None:
    """Raise unless something that greets like a dask scheduler listens at an address.

    Parameters
    ----------
    address : str
        ``tcp://host:port``.

    Raises
    ------
    OVCFRiskError
        Within about four seconds, saying what was found instead.
    """
    shown = printable(address, LONGEST_NAME)
    found = ADDRESS.fullmatch(address.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise OVCFRiskError(f"--dask: '{shown}' is not an address; {EXPECTED_ADDRESS}")
    if found["scheme"] not in SOCKET_SCHEMES:
        return
    host, port = found["host"].strip("[]"), int(found["port"])
    try:
        with socket.create_connection((host, port), timeout=SOCKET_CONNECT_S) as connection:
            if found["scheme"] == "tls":  # greets only after its own handshake
                return
            connection.settimeout(GREETING_S)
            greeting = _greeting(connection)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise OVCFRiskError(f"--dask: no scheduler answers at '{shown}' ({reason}); {EXPECTED_ADDRESS}") from error
    if len(greeting) < GREETING_BYTES or any(greeting[1:]):
        raise OVCFRiskError(f"--dask: something else than a dask scheduler listens at '{shown}'; {EXPECTED_ADDRESS}")


def _greeting(connection: socket.socket) -> bytes:
    """The first bytes that the other side sends by itself; fewer where it is silent or hangs up."""
    data = b""
    try:
        while len(data) < GREETING_BYTES and (part := connection.recv(GREETING_BYTES - len(data))):
            data += part
    except TimeoutError:
        return data
    return data
