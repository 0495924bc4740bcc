"""Who works on what, in the fleet. Add a backend: one module, one name here."""

from candor.adapters.leases.config import FleetConfig

__all__ = ["FleetConfig"]
