"""Run the fuzzer: `make fuzz`. What was done is kept in a folder, and is not done again.

python -m tests.fuzz --examples 1000000 --minutes 5 --folder out/fuzz
"""

import argparse
import json
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path

from tests.fuzz import rounds, service
from tests.fuzz.targets import TARGETS

_ROUND = 5_000


def main() -> None:
    asked = _arguments()
    asked.folder.mkdir(parents=True, exist_ok=True)
    failed = False
    if asked.examples:
        failed = not _hypothesis(asked.folder / "examples.json", asked.examples, asked.processes)
    if asked.minutes:
        attack = service.attacked(asked.folder, asked.minutes * 60, asked.seed)
        _say(attack.told)
        failed |= attack.failed
    sys.exit(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=1_000_000, help="in all; 0: none")
    parser.add_argument("--minutes", type=float, default=5, help="of schemathesis; 0: none")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1, help="of schemathesis")
    parser.add_argument("--folder", type=Path, default=Path("out/fuzz"))
    return parser.parse_args()


def _hypothesis(kept: Path, wanted: int, processes: int) -> bool:
    """Whether all went well."""
    done: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
    todo = ((name, number) for number in count() for name in TARGETS)
    started, before, well = time.monotonic(), sum(done.values()), True
    running: dict[Future[int], str] = {}
    with ProcessPoolExecutor(processes, initializer=_silent) as pool:
        while sum(done.values()) < wanted and well:
            while len(running) < processes:
                name, number = next(one for one in todo if f"{one[0]}-{one[1]}" not in done)
                running[pool.submit(rounds.run, name, number, _ROUND)] = f"{name}-{number}"
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                well &= _noted(future, running.pop(future), done)
            kept.write_text(json.dumps(done))
    seconds = time.monotonic() - started
    for name in TARGETS:
        _say(f"{name:10} {_of(name, done):>9,} examples")
    tried = sum(done.values())
    _say(f"all        {tried:>9,} examples, {tried - before:,} of them now, in {seconds:.0f} s")
    return well


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 # what the command is for


def _silent() -> None:
    """libtiff writes to the terminal what it thinks of each file."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _noted(future: Future[int], name: str, done: dict[str, int]) -> bool:
    error = future.exception()
    if error is not None:
        _say(f"{name} failed: {error!r}\n" + "\n".join(getattr(error, "__notes__", ())))
        return False
    done[name] = future.result()
    return True


def _of(target: str, done: dict[str, int]) -> int:
    return sum(tried for name, tried in done.items() if name.rpartition("-")[0] == target)


if __name__ == "__main__":
    main()
