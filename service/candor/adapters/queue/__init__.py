"""Where jobs are kept. Add a backend: one module, one name here."""

from candor.adapters.queue.config import JobsConfig
from candor.adapters.queue.memory import MemoryQueue

__all__ = ["JobsConfig", "MemoryQueue"]
