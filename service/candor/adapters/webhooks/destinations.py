"""Which addresses may be told. A caller names the address, so that anything else would let
callers reach what only this service can."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from candor.adapters.webhooks.config import WebhooksConfig
from candor.domain.errors import InvalidExchange

_PORTS = {"https": 443, "http": 80}
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts by name, as the operator lists them.

    To what address a name leads is not looked at here: that belongs to the client of `hosts`,
    which reaches public addresses only.
    """

    config: WebhooksConfig

    def check(self, url: str) -> None:
        if not self.config.enabled:
            raise _refused(
                "webhooks are off here", "the operator can name hosts in jobs.webhooks.hosts"
            )
        parts = _parts(url)
        outside = self.config.hosts if parts.scheme == "https" else ()
        if not _among(parts, (*outside, *self.config.http_hosts)):
            raise _refused(
                "the webhook's host is not one that may be told",
                "use https and a host that the operator listed in jobs.webhooks.hosts",
            )


def inside(url: str, config: WebhooksConfig) -> bool:
    """Whether `http_hosts` lists this address, which `AllowedHosts` took."""
    return _among(_parts(url), config.http_hosts)


def _among(parts: SplitResult, listed: Iterable[str]) -> bool:
    here = (parts.hostname, parts.port or _PORTS[parts.scheme])
    return here in {_place(one, parts.scheme) for one in listed}


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        well = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        well = False
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not (well and plain and len(url) <= _LONGEST) or "@" in parts.netloc or parts.fragment:
        raise _refused(
            "the webhook's url is not one that can be used",
            "send https://host/path, at most 2,000 characters, without user and fragment",
        )
    return parts


def _place(listed: str, scheme: str) -> tuple[str | None, int]:
    parts = urlsplit(f"//{listed}")
    return parts.hostname, parts.port or _PORTS[scheme]


def _refused(message: str, hint: str) -> InvalidExchange:
    return InvalidExchange(message, field="webhook.url", kind="webhook-refused", hint=hint)
