"""The only place that knows every part: opens them in order, closes them in reverse."""

from candor.wiring.checking import fingerprints, verify
from candor.wiring.parts import open_parts
from candor.wiring.sight import instruments_of
from candor.wiring.state import open_state

__all__ = ["fingerprints", "instruments_of", "open_parts", "open_state", "verify"]
