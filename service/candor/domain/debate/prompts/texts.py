"""The pieces of our prompts, filled in."""

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from string import Template

from candor.domain.debate.forms import MAX_FINDINGS, MAX_OPERATIONS, MAX_SPEECH_CHARS
from candor.domain.debate.prompts.canary import canary_of
from candor.domain.debate.prompts.offered import operations_in_words
from candor.domain.debate.speaker import Brief, DebateForm, Variant
from candor.domain.debate.transcript import Role
from candor.domain.vision.operations import KINDS

_FOLDER = Path(__file__).parent
_TAGS = {Role.AFFIRMER: "A", Role.NEGATOR: "N", Role.INVESTIGATOR: "I"}
_SEATS = " bcdefghijklmnop"
# A case is heard several times, and its secret is the same each time.
_CASES_KEPT = 256
# There are about twenty pieces, and few rounds and tags to put into them.
_FILLED_KEPT = 512
_POINTING = re.compile(r"# How to point\n.*?(?=^# )", re.DOTALL | re.MULTILINE)
_ARGUED_MARKS = re.compile(r"^- operations: .*$", re.MULTILINE)
_JUDGED_FORMS = {
    DebateForm.TEXT_ONLY: "judge_of_words",
    DebateForm.CRITIC_ONLY: "judge_of_critic",
    DebateForm.COLLABORATIVE: "judge_of_investigators",
}


def tag(role: Role, count: int, seat: int = 0) -> str:
    """What the turn of this role in round `count` is called: `A1`, `N2`; of the second who
    speaks in the role, `A1b`."""
    return f"{_TAGS[role]}{count}{_SEATS[seat].strip()}"


@cache
def system(kinds: tuple[str, ...] = tuple(KINDS), most: int = MAX_OPERATIONS) -> str:
    """The same for all speakers and all cases, so that endpoints can keep it worked out.

    `kinds` are the operations of this deployment, `most` how many a turn may have.
    """
    return filled(
        "system",
        operations=operations_in_words(kinds),
        max_speech=f"{MAX_SPEECH_CHARS:,}",
        max_operations=str(most),
        max_findings=str(MAX_FINDINGS),
    )


@lru_cache(maxsize=_CASES_KEPT)
def secret(fence: str) -> str:
    """The end of the system message: the canary of the case with this fence."""
    return _template("secret").substitute(canary=canary_of(fence)).strip()


def system_without_pointing(text: str) -> str:
    """The system message of a hearing in which nobody makes operations."""
    return _ARGUED_MARKS.sub("- operations: an empty list.", _POINTING.sub("", text))


def instruction(brief: Brief) -> str:
    """What this speaker does at this moment: always the last part of the request."""
    if brief.role is Role.JUDGE:
        return "\n\n".join(_to_the_judge(brief))
    words_only = brief.form is DebateForm.TEXT_ONLY
    named = filled("naming", tag=tag(brief.role, brief.round, brief.seat))
    return filled(
        _part(brief),
        round=str(brief.round),
        rounds=str(brief.rounds),
        points="\n".join(_points(brief)),
        naming="" if words_only else f"\n\n{named}",
    )


def _part(brief: Brief) -> str:
    critic = brief.form is DebateForm.CRITIC_ONLY and brief.role is Role.AFFIRMER
    return "critic" if critic else str(brief.role)


def _to_the_judge(brief: Brief) -> list[str]:
    """What is particular to the hearing first, then what every judge is told."""
    held = bool(brief.transcript.turns)
    told = [_JUDGED_FORMS[brief.form]] if held and brief.form in _JUDGED_FORMS else []
    told += ["judge_blind"] if brief.blind else []
    told += ["judge_cut_short"] if brief.cut_short else []
    last = "running_score" if brief.running else "judge" if held else "judge_alone"
    return [filled(name) for name in (*told, last)]


def try_again(reason: str) -> str:
    """`reason` is ours and quotes nothing."""
    return filled("try_again", reason=reason)


@cache
def digest() -> str:
    """Changes with every word that we send to models, and with the order; in hex."""
    return digest_of(_FOLDER)


def digest_of(folder: Path) -> str:
    """As `digest`, for the prompts in `folder`. The code is read too: it lays them out."""
    h = hashlib.sha256(system().encode())
    for file in sorted([*folder.glob("*.md"), *folder.glob("*.py")]):
        h.update(f"\0{file.name}\0".encode())
        h.update(file.read_bytes())
    return h.hexdigest()


def _points(brief: Brief) -> list[str]:
    told = [filled("rejoinder")] if brief.round > 1 else []
    if brief.variant is not Variant.PLAIN:
        told.append(filled(f"variant_{brief.variant}"))
    return [*told, _where_to_point(brief)]


def _where_to_point(brief: Brief) -> str:
    if brief.form is DebateForm.TEXT_ONLY:
        return filled("words_only")
    match len(brief.case.exchange.images):
        case 0:
            return filled("pointing_none")
        case 1:
            return filled("pointing_one")
        case count:
            return filled("pointing", images=str(count))


@lru_cache(maxsize=_FILLED_KEPT)
def filled(name: str, **values: str) -> str:
    """Only our own words and numbers are filled in here, never what is judged."""
    return _template(name).substitute(values).strip()


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.md").read_text(encoding="utf-8"))
