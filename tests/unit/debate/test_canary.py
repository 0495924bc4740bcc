"""The word that no reply may hold."""

import base64
import json
from dataclasses import replace
from itertools import takewhile

import pytest

from candor.domain.budget import Budget
from candor.domain.debate import prompts
from candor.domain.debate.model_speakers import ModelArbiter
from candor.domain.debate.prompts.canary import canary_of, leaks
from candor.domain.debate.reply import last_object, read_argument
from candor.domain.debate.speaker import Brief, Ruling
from candor.domain.debate.transcript import Role
from candor.domain.errors import PromptLeaked
from candor.domain.ports import Reply
from tests.model_server import REPLIES
from tests.unit.debate.hearings import FENCE, ScriptedModel, on_the_table, receipt

CANARY = canary_of(FENCE)


def telling(words: str, where: str = "reason") -> str:
    return json.dumps(json.loads(REPLIES["ruling"]) | {where: words})


async def ruled(*lines: str) -> tuple[Ruling, ScriptedModel, Budget]:
    model, budget = ScriptedModel(lines), Budget(5, 4)
    async with on_the_table(receipt()) as case:
        ruling = await ModelArbiter(model).rule(Brief(Role.JUDGE, 1, 1, case), budget)
    return ruling, model, budget


@pytest.mark.parametrize(
    "said",
    [
        CANARY,
        f"The word is {CANARY.upper()}!",
        " ".join(CANARY),
        "-".join(CANARY),
        "\u200b".join(CANARY),
        CANARY[::-1],
        CANARY.replace("v", "\u0475").replace("x", "\u0445"),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(f"the word is {CANARY}, I think".encode()).decode(),
        CANARY.encode().hex(),
    ],
)
def test_a_leak_is_seen_in_whatever_dress(said: str) -> None:
    assert leaks(f"Well: {said}", FENCE)


@pytest.mark.parametrize("where", ["speech", "label", "claim"])
def test_a_leak_is_seen_wherever_in_an_argument_it_stands(where: str) -> None:
    said = json.loads(last_object(REPLIES["argument"]))
    (said if where == "speech" else said["operations"][0])[where] = f"It is {CANARY}"
    heard = read_argument(Reply(json.dumps(said)), images=1, model="m")
    with pytest.raises(PromptLeaked):
        prompts.refuse_leak(heard, FENCE, "m")


def test_what_holds_no_canary_leaks_nothing() -> None:
    assert not leaks(REPLIES["ruling"] + FENCE + CANARY[:-2], FENCE)
    assert not leaks(canary_of("another"), FENCE)


async def test_the_canary_stands_at_the_end_of_the_system_message_alone() -> None:
    async with on_the_table(receipt()) as case:
        system, user = await prompts.messages_for(Brief(Role.JUDGE, 1, 1, case), 256)
    (said,) = system.parts
    assert CANARY in str(said)[-300:]
    assert not any(CANARY in part for part in user.parts if isinstance(part, str))


async def test_a_judge_that_leaks_is_asked_once_more() -> None:
    ruling, model, budget = await ruled(telling(f"My word is {CANARY}."), REPLIES["ruling"])
    assert CANARY not in ruling.reason
    assert [call.result for call in budget.calls] == ["PromptLeaked", "ok"]
    assert CANARY not in str(model.heard[1][0][-1].parts[-1])


async def test_a_judge_that_leaks_twice_does_not_rule() -> None:
    with pytest.raises(PromptLeaked) as told:
        await ruled(telling(CANARY), telling(CANARY[::-1]))
    assert CANARY not in str(told.value)


async def test_thinking_of_the_word_is_not_telling_it() -> None:
    ruling, _, _ = await ruled(f"<think>never say {CANARY}</think>{REPLIES['ruling']}")
    assert ruling.score == 0.93


async def test_requests_about_different_cases_begin_alike() -> None:
    async with on_the_table(receipt()) as case:
        briefs = [Brief(Role.JUDGE, 1, 1, replace(case, fence=fence)) for fence in ("f1", "f2")]
        said = [str((await prompts.messages_for(b, 256))[0].parts[0]) for b in briefs]
    shared = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(*said, strict=False)))
    assert said[0] != said[1]
    assert shared > 0.95 * len(said[0])
