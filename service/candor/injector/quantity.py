"""Amounts as Kubernetes writes them: `500m`, `2`, `1.5Gi`, `1e3`."""

import re
from decimal import Decimal

_WRITTEN = re.compile(
    r"(?P<number>\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})"
    r"(?:(?P<unit>m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)|[eE](?P<power>[+-]?\d{1,2}))?"
)
_UNITS = {
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
}


def amount(text: str) -> Decimal | None:
    """None where it is not one, or none above nothing."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    unit, power = found["unit"], found["power"]
    scale = _UNITS[unit] if unit else Decimal(10) ** int(power or 0)
    return Decimal(found["number"]) * scale or None
