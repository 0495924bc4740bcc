"""Exit code 0 if the process answers GET /healthz, 1 if not.

Imports next to nothing: it runs every few seconds beside the service, on the service's CPU.
"""

import os
import socket
import sys

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
_TIMEOUT_SECONDS = 2.0


def healthy(host: str, port: int) -> bool:
    request = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        place = (_ANYWHERE.get(host, host), port)
        with socket.create_connection(place, _TIMEOUT_SECONDS) as connection:
            connection.sendall(request)
            status = connection.makefile("rb").readline().split()
    except OSError:
        return False
    return status[1:2] == [b"200"]


if __name__ == "__main__":
    address = os.environ.get("CANDOR_SERVER__HOST", "127.0.0.1")
    listening = int(os.environ.get("CANDOR_SERVER__PORT", "8080"))
    sys.exit(0 if healthy(address, listening) else 1)
