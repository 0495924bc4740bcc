"""Keep the machine's cores from sleeping while it is measured.

A core of a virtual machine that slept for some 50 ms finds its caches cold and its first steps
dear: whatever runs after each wait costs up to twice as much, and how much depends on the
neighbours of the hour. A process of the lowest priority on each core, which runs only while nobody
else wants that core, is what governors for performance and `idle=poll` do on servers of one's own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_SPIN = (
    "import os; "
    "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)); "
    "parent = os.getppid()\n"
    "while os.getppid() == parent: pass"
)


@contextmanager
def cores_awake() -> Iterator[None]:
    with ExitStack() as stack:
        for _ in os.sched_getaffinity(0):
            spinning = stack.enter_context(subprocess.Popen([sys.executable, "-c", _SPIN]))
            stack.callback(spinning.kill)
        yield
