"""A URL from a stranger, taken apart by one reader whose result is all that is used later on."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import idna

from candor.adapters.net.refusal import Refused

if TYPE_CHECKING:
    from yarl import URL

HTTPS = 443
_LONGEST = 4096
_LONGEST_HOST = 253
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?")
# As browsers and libc tell addresses from names: 127.1, 0x7f.1, 017700000001, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name in ASCII and lower case without a dot at its end, never an address.
    `rest` is the path with the query, in ASCII, beginning with a slash."""

    host: str
    port: int
    rest: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Raises: Refused."""
        if len(url) > _LONGEST:
            raise Refused(f"the url is longer than {_LONGEST} characters")
        _check_characters(url)
        scheme = _SCHEME.match(url)
        if scheme is None or scheme[1].lower() != "https":
            raise Refused("only https urls are fetched")
        after = url[scheme.end() :]
        if not after.startswith("//"):
            raise Refused("the url has no host")
        authority, rest = _split(after[2:])
        if "@" in authority:
            raise Refused("the url holds a user or a password")
        name, port = _name_and_port(authority)
        return cls(host_name(name), port, rest)

    @property
    def url(self) -> "URL":
        """Built from the parts, so that nobody reads the host out of the text once more."""
        # Whoever asks has it loaded: it comes with aiohttp.
        from yarl import URL  # noqa: PLC0415

        path, _, query = self.rest.partition("?")
        port = self.port if self.port != HTTPS else None
        return URL.build(
            scheme="https", host=self.host, port=port, path=path, query_string=query, encoded=True
        )

    def redirected(self, location: str) -> "Target":
        """Where the `Location` header of this target's answer leads.

        Raises: Refused.
        """
        if _SCHEME.match(location):
            return Target.of(location)
        _check_characters(location)
        if location.startswith("//"):
            return Target.of(f"https:{location}")
        if location.startswith("/"):
            return Target(self.host, self.port, _split(location)[1])
        path = self.rest.partition("?")[0]
        if location.startswith("?"):
            return Target(self.host, self.port, path + location)
        return Target(self.host, self.port, f"{path[: path.rindex('/') + 1]}{location}")


def host_name(text: str) -> str:
    """In the form in which names are compared.

    Raises: Refused.
    """
    if not text or len(text) > _LONGEST_HOST:
        raise Refused("the url has no host" if not text else "the host's name is too long")
    if ":" in text or "[" in text or "%" in text:
        raise Refused("the host is an address or is percent-encoded: a name is needed")
    name = _in_ascii(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        raise Refused("the host is an address: a name is needed")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("the host is not a name")
    if len(labels) < 2:
        raise Refused("the host's name has no dot: a full name is needed")
    return name


def _in_ascii(text: str) -> str:
    """As UTS 46 maps it: what only looks like a listed name is another one afterwards."""
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        # Plain names that IDNA 2008 does not know stay as they are, and are looked at like all.
        if text.isascii() and "xn--" not in text.lower():
            return text.lower()
        raise Refused("the host is not a name") from None


def _check_characters(url: str) -> None:
    """Raises: Refused."""
    if "\\" in url:
        raise Refused("the url holds a backslash")
    if not url.isprintable() or any(one.isspace() for one in url):
        raise Refused("the url holds a space or a control character")
    if "#" in url:
        raise Refused("the url holds a fragment")


def _split(after: str) -> tuple[str, str]:
    """The authority, and the rest in ASCII."""
    end = next((i for i, one in enumerate(after) if one in "/?"), len(after))
    authority, rest = after[:end], after[end:]
    if not rest.isascii():
        raise Refused("the url's path is not in ASCII: percent-encode it")
    return authority, rest if rest.startswith("/") else f"/{rest}"


def _name_and_port(authority: str) -> tuple[str, int]:
    if authority.startswith("["):
        raise Refused("the host is an address: a name is needed")
    name, colon, port = authority.partition(":")
    if not colon:
        return name, HTTPS
    return name, port_number(port)


def port_number(text: str) -> int:
    """Raises: Refused."""
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise Refused("the port is not a number from 1 to 65535")
    return int(text)
