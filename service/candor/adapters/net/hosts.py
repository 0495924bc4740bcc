"""The hosts that an operator lets this service ask."""

from collections.abc import Iterable
from dataclasses import dataclass

from candor.adapters.net.refusal import Refused
from candor.adapters.net.target import HTTPS, Target, host_name, port_number

_ANY = "*."


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    port: int
    below: bool

    def covers(self, target: Target) -> bool:
        if target.port != self.port:
            return False
        return target.host.endswith(f".{self.name}") if self.below else target.host == self.name


@dataclass(frozen=True, slots=True)
class HostList:
    """Entries are `name`, `name:port`, `*.suffix` or `*.suffix:port`; without a port it is 443.
    `*.suffix` means all names below the suffix, not the suffix itself."""

    listed: tuple[_Listed, ...]

    @classmethod
    def of(cls, entries: Iterable[str]) -> "HostList":
        """Raises: ValueError that says what an entry should look like."""
        return cls(tuple(_entry(entry) for entry in entries))

    def __bool__(self) -> bool:
        return bool(self.listed)

    def check(self, target: Target) -> None:
        """Raises: Refused."""
        if any(one.covers(target) for one in self.listed):
            return
        if any(one.covers(Target(target.host, one.port, "/")) for one in self.listed):
            raise Refused("the port is not one that is listed for this host")
        raise Refused("the host is not one that may be asked")


def _entry(entry: str) -> _Listed:
    below = entry.startswith(_ANY)
    name, colon, port = entry.removeprefix(_ANY).partition(":")
    try:
        # A suffix without a dot would be a whole top-level domain: a name has at least one.
        return _Listed(host_name(name), port_number(port) if colon else HTTPS, below)
    except Refused as exc:
        raise ValueError(
            f"{entry!r}: {exc}; write `name`, `*.suffix`, or either with `:port`"
        ) from None
