"""Ports of the loopback for servers that say where they listen before they do."""

import secrets
import socket

# Below those that the system gives to connections: one of these could take it in between.
_PORTS = range(10_240, 32_768)


def free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
