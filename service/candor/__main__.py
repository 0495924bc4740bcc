"""`python -m candor` is the `candor` command, and so is the script of that name."""

import signal
import sys
from types import FrameType


def main() -> None:
    # As the first process of a container we would not hear of it until somebody listens.
    signal.signal(signal.SIGTERM, _stop)
    from candor.cli.main import main as command  # noqa: PLC0415

    command()


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
