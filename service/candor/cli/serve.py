"""candor serve: answer HTTP."""

import functools
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from candor.cli import serving, worker_processes
from candor.cli.reloads import Source, hold
from candor.settings import Settings
from candor.telemetry import logs

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: what CANDOR_CONFIG names."),
]


def serve(
    config: ConfigOption = None,
    host: Annotated[str | None, typer.Option(help="Address; default from `server`.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port, 0 for a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; default from `server`.")
    ] = None,
) -> None:
    """Serve the API until SIGTERM; requests in flight are finished first."""
    asked = {"host": host, "port": port, "workers": workers}
    source = Source(config, {name: value for name, value in asked.items() if value is not None})
    settings = source.read()
    logs.configure(settings.logs, traced=settings.tracing.ids())
    run(settings, source)


def run(settings: Settings, source: Source) -> None:
    """Raises: ConfigError; OSError where nobody can listen at the address."""
    hold()
    server = settings.server
    with ExitStack() as stack:
        listeners = [stack.enter_context(one) for one in _bound(server.host, server.port)]
        if server.workers == 1:
            serving.serve(settings, listeners, source)
            return
        work = functools.partial(serving.work, settings, listeners, source)
        worker_processes.run(work, server.workers, server.drain_seconds + server.shutdown_seconds)


def _bound(host: str, port: int) -> list[socket.socket]:
    """Raises: OSError."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return [_bound_to(family, address) for family, _, _, _, address in places]
    except OSError as exc:
        raise OSError(
            f"cannot listen at {host}:{port} ({exc.strerror}): stop whoever listens there, or set "
            "server.host and server.port (--host, --port)"
        ) from exc


def _bound_to(family: int, address: tuple[Any, ...]) -> socket.socket:
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
