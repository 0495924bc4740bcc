"""A second call beside one that takes long."""

import asyncio

import httpx
import pytest

from candor.adapters.vlm.openai_compatible import OpenAICompatibleConfig
from candor.domain.budget import Budget
from candor.domain.debate.forms import RulingForm
from candor.domain.errors import BudgetExhausted, ModelUnavailable
from candor.domain.ports import Message, Reply

HELLO = [Message("user", ("hi",))]
PRICE = {"input_per_million": 1_000_000.0, "output_per_million": 0.0}


class Server:
    """Answers the n-th request after the n-th delay, or with the n-th status."""

    def __init__(self, *acts: float | Exception) -> None:
        self.acts = acts
        self.asked = 0
        self.cancelled = 0
        self.deadlines: list[int] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        act = self.acts[self.asked]
        self.asked += 1
        self.deadlines.append(int(request.headers.get("x-request-timeout-ms", 0)))
        if isinstance(act, Exception):
            await asyncio.sleep(0.05)
            raise act
        try:
            await asyncio.sleep(act)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        usage = {"prompt_tokens": 10, "completion_tokens": 1}
        said = {"choices": [{"message": {"content": f"{self.asked}"}}], "usage": usage}
        return httpx.Response(200, json=said)


async def call(server: Server, budget: Budget, **settings: object) -> Reply:
    given = {"base_url": "http://vllm/v1", "model": "m", "price": PRICE, "max_retries": 0}
    config = OpenAICompatibleConfig.model_validate({**given, "hedge_after_ms": 20, **settings})
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as http:
        model = config.build("m", http)
        async with budget.model_call("m", "judge") as spending:
            return await model.complete(HELLO, RulingForm, spending)


def told(budget: Budget) -> list[str]:
    return [one.result for one in budget.calls]


async def test_a_call_that_takes_long_is_made_twice_and_the_first_answer_wins() -> None:
    server, budget = Server(5.0, 0.0), Budget(10, 5)
    async with asyncio.timeout(2):
        await call(server, budget)
    assert (server.asked, server.cancelled, told(budget)) == (2, 1, ["hedged", "ok"])


async def test_both_are_counted_and_both_are_paid() -> None:
    budget = Budget(10, 5)
    await call(Server(5.0, 0.0), budget)
    lost, won = (one.usage for one in budget.calls)
    assert (lost.model_calls, won.model_calls) == (1, 1)
    assert won.cost_usd == 10.0
    assert lost.estimated
    assert lost.cost_usd > 0


async def test_the_second_loses_when_the_first_is_sooner_after_all() -> None:
    server, budget = Server(0.06, 5.0), Budget(10, 5)
    await call(server, budget)
    assert (server.cancelled, told(budget)) == (1, ["ok", "hedged"])
    assert all(one.usage.cost_usd > 0 for one in budget.calls)


async def test_a_quick_answer_is_asked_for_once() -> None:
    server, budget = Server(0.0), Budget(10, 5)
    await call(server, budget)
    assert (server.asked, told(budget)) == (1, ["ok"])


async def test_the_second_call_stays_inside_the_budget() -> None:
    server, budget = Server(0.1), Budget(10, 1)
    await call(server, budget)
    assert (server.asked, told(budget)) == (1, ["ok"])


async def test_as_long_as_one_may_answer_an_error_of_the_other_is_not_the_end() -> None:
    server, budget = Server(httpx.ReadError("gone"), 0.1), Budget(10, 5)
    await call(server, budget)
    assert told(budget) == ["hedged", "ok"]


async def test_two_errors_are_one_error() -> None:
    server, budget = Server(httpx.ReadError("a"), httpx.ReadError("b")), Budget(10, 5)
    with pytest.raises(ModelUnavailable):
        await call(server, budget)
    assert told(budget) == ["ModelUnavailable", "ModelUnavailable"]


async def test_both_end_with_the_deadline() -> None:
    server, budget = Server(5.0, 5.0), Budget(0.1, 5)
    with pytest.raises(BudgetExhausted):
        await call(server, budget)
    assert server.cancelled == 2


@pytest.mark.parametrize(
    ("provider", "passed_on"),
    [("openai-compatible", True), ("vllm", True), ("openai", False), ("gemini", False)],
)
async def test_what_is_left_of_the_time_is_told_to_servers_of_ones_own_alone(
    provider: str, passed_on: bool
) -> None:
    server = Server(0.0)
    await call(server, Budget(3, 5), provider=provider)
    [told_ms] = server.deadlines
    assert (2500 < told_ms <= 3000) if passed_on else told_ms == 0
