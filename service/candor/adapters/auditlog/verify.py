"""Finds every line of audit logs that was changed, removed, moved, added or cut off."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from candor.adapters.auditlog import chain
from candor.adapters.auditlog.chain import Digests, Line, Place
from candor.adapters.auditlog.files import CLOSED, CONTINUED, OPENED, ROTATED

# A line holds short facts alone; whatever is longer is none.
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1; 0 where it is about the whole file."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """As far as its files were given. `first` is the number of its first line."""

    name: str
    first: int
    place: Place
    lines: int
    files: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Result:
    chains: tuple[Chain, ...]
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _File:
    """Read once; a log does not fit into memory, so that its lines are not kept."""

    path: Path
    digests: Digests
    faults: list[Fault] = field(default_factory=list)
    first: Line | None = None
    last: Line | None = None
    lines: int = 0

    def read(self) -> "_File":
        """Raises: OSError."""
        number = 0
        with self.path.open("rb") as file:
            while raw := file.readline(_LONGEST):
                number += 1
                self._take(number, raw)
        if not number:
            self._fault(0, "it is empty: all its lines were removed")
        return self

    def _take(self, number: int, raw: bytes) -> None:
        if not raw.endswith(b"\n"):
            self._fault(number, "cut off: the line has no end")
            return
        line = chain.read(raw[:-1], self.digests)
        if line is None:
            self._fault(number, "changed: this is no line of an audit log")
            return
        if not line.whole:
            self._fault(number, "changed: its hash is not that of what it says")
        if self.last is None:
            self.first = line
            if line.event not in (OPENED, CONTINUED):
                self._fault(number, "removed: what stood before this line is missing")
        else:
            self._follows(number, self.last, line)
        self.last, self.lines = line, self.lines + 1

    def _follows(self, number: int, before: Line, line: Line) -> None:
        what = _breach(before, line)
        if what:
            self._fault(number, what)

    def _fault(self, number: int, what: str) -> None:
        self.faults.append(Fault(self.path, number, what))


def _breach(before: Line, line: Line) -> str:
    """What is wrong between two lines; empty when one follows from the other."""
    if line.chain != before.chain:
        return "moved: this line is of another chain"
    if line.seq > before.seq + 1:
        return f"removed: {line.seq - before.seq - 1} line(s) before this one are missing"
    if line.seq <= before.seq:
        return f"moved: number {line.seq} comes after number {before.seq}"
    if line.prev != before.hash:
        return "changed: this line does not follow from the one before, or that one was replaced"
    return ""


def verify(
    paths: Sequence[Path], digests: Digests, expected: Mapping[str, Place] | None = None
) -> Result:
    """`paths` are files or folders. `expected`: how far chains go, by name, as it was noted
    elsewhere; their heads say so too.

    Raises: OSError.
    """
    files = [_File(path, digests).read() for path in _logs(paths)]
    faults = [fault for file in files for fault in file.faults]
    by_chain: dict[str, list[_File]] = {}
    for file in files:
        if file.first is not None:
            by_chain.setdefault(file.first.chain, []).append(file)
    chains = []
    for name, members in by_chain.items():
        members.sort(key=lambda file: file.first.seq if file.first else 0)
        faults += _between(members)
        found = _chain(name, members)
        chains.append(found)
        faults += _end(found, members[-1], digests, (expected or {}).get(name))
    faults += _unseen(paths, by_chain, digests, expected or {})
    return Result(tuple(chains), tuple(faults))


def _logs(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("audit-*.jsonl"))
        elif path.suffix != ".head":
            yield path


def _between(members: Sequence[_File]) -> Iterator[Fault]:
    for before, after in itertools.pairwise(members):
        if before.last is None or after.first is None:
            continue
        what = _breach(before.last, after.first)
        if what:
            yield Fault(after.path, 1, what)


def _chain(name: str, members: Sequence[_File]) -> Chain:
    first, last = members[0].first, members[-1].last
    if first is None or last is None:
        raise AssertionError("a file without lines is of no chain")
    place = Place(last.seq, last.hash)
    lines = sum(file.lines for file in members)
    return Chain(name, first.seq, place, lines, len(members), last.event == CLOSED)


def _end(found: Chain, file: _File, digests: Digests, noted: Place | None) -> Iterator[Fault]:
    path = _head_of(file.path)
    if file.last is not None and file.last.event == ROTATED:
        yield Fault(file.path, file.lines, "cut off: the file that follows is missing")
    if not path.is_file():
        yield Fault(path, 0, "removed: the head of the chain is missing")
        head = None
    else:
        head = chain.read_head(path.read_bytes(), digests)
        if head is None or head.chain != found.name:
            yield Fault(path, 0, "changed: this is not the head of the chain")
            head = None
    places = [*([head.place] if head else []), *([noted] if noted else [])]
    for place in places:
        if place.seq > found.place.seq:
            missing = place.seq - found.place.seq
            yield Fault(file.path, file.lines + 1, f"cut off: {missing} line(s) are missing here")
            return
        if place.seq == found.place.seq and place.hash != found.place.hash:
            yield Fault(file.path, file.lines, "changed: the last line is another than it was")
            return


def _unseen(
    paths: Iterable[Path],
    known: Mapping[str, object],
    digests: Digests,
    expected: Mapping[str, Place],
) -> Iterator[Fault]:
    """Chains that must be there, of which there is no file."""
    for folder in (path for path in paths if path.is_dir()):
        for path in sorted(folder.glob("audit-*.head")):
            head = chain.read_head(path.read_bytes(), digests)
            if head is None:
                yield Fault(path, 0, "changed: this is not the head of a chain")
            elif head.chain not in known:
                yield Fault(path, 0, "removed: the files of this chain are missing")
    for name in expected:
        if name not in known:
            yield Fault(Path(name), 0, "removed: the files of this chain are missing")


def _head_of(path: Path) -> Path:
    return path.with_name(path.name.rpartition("-")[0] + ".head")
