"""Which addresses belong to the public internet, after the special-purpose registries of IANA
(RFC 6890 and what was added since)."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Acceptable = Callable[[IPv4Address | IPv6Address], bool]

# Not left to `is_global` alone: what it knows differs between versions of Python.
_NOT_PUBLIC_V4 = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, metadata included, at an address that looks public
        "169.254.0.0/16",  # link-local: the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# All unicast that was ever given out. Outside lie loopback, mapped and compatible IPv4, both
# prefixes of NAT64, unique local, link-local, site-local and multicast.
_GIVEN_OUT_V6 = ip_network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ip_network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
# ISATAP (RFC 5214, section 6.1): the lower half holds this, then an IPv4 address.
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _GIVEN_OUT_V6:
        return False
    isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    return not isatap and not any(address in net for net in _NOT_PUBLIC_V6)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """None for what is no address."""
    try:
        return ip_address(text)
    except ValueError:
        return None
