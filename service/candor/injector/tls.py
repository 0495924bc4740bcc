"""The server's side of TLS, whose certificate can change while it listens."""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

from candor.injector.papers import Papers


class Door:
    """Connections that are open keep the certificate they began with."""

    def __init__(self, papers: Papers) -> None:
        """Raises: ValueError."""
        self.context = _context()
        self._papers: Papers | None = None
        self.take(papers)

    def take(self, papers: Papers) -> bool:
        """Whether they are new. Raises: ValueError, and goes on with those before."""
        if papers == self._papers:
            return False
        # A context that refused a key has already lost its certificate: another one tries first.
        _load(_context(), papers)
        _load(self.context, papers)
        self._papers = papers
        return True


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(context: ssl.SSLContext, papers: Papers) -> None:
    """Raises: ValueError."""
    # The library reads files only, and both at one moment: those mounted could change in between.
    with TemporaryDirectory(prefix="candor-webhook-") as folder:
        certificate, key = Path(folder, "tls.crt"), Path(folder, "tls.key")
        certificate.write_bytes(papers.certificate)
        key.touch(mode=0o600)
        key.write_bytes(papers.key)
        try:
            # Without the password that is never asked for, a sealed key would ask at the terminal.
            context.load_cert_chain(certificate, key, password=lambda: b"")
        except ssl.SSLError as exc:
            raise ValueError(f"certificate and key do not work together: {exc.reason}") from exc
