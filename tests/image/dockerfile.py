"""A Dockerfile as its instructions: enough of the language to hold ours to its promises."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line of a Dockerfile, continuation lines joined; `stage` counts from 0, -1 is before."""

    stage: int
    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        return self.rest.split()

    def exec_form(self) -> list[str]:
        """Raises: ValueError where it is the shell form, which needs a shell."""
        found: list[str] = json.loads(self.rest)
        return found


def instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Instruction] = []
    stage = -1
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, rest.strip()))
    return found
