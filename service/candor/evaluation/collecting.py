"""Run a model under test over a benchmark's prompts."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from candor.adapters.vlm import RecordedConfig
from candor.adapters.vlm.late_http import open_late_http
from candor.domain.budget import Budget
from candor.domain.errors import CandorError, ConfigError, InvalidExchange, UnreadableReply
from candor.domain.exchange import Context, Exchange, ImageRef, Speaker
from candor.domain.ports import Message, Reply, VisionModel
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from candor.evaluation.case import BenchmarkCase
from candor.settings import Settings

_ROLE = "under test"
_ROLES: Mapping[Speaker, Literal["system", "user", "assistant"]] = {
    Speaker.SYSTEM: "system",
    Speaker.USER: "user",
    Speaker.ASSISTANT: "assistant",
    # What a tool has answered reaches the model from outside, as a user's words do.
    Speaker.TOOL: "user",
}


class Prose(BaseModel):
    """Any text: nothing is asked of the model's answer."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of one case; `error` names what failed."""

    case: str
    cost_usd: float = 0.0
    error: str = ""


@asynccontextmanager
async def open_model(settings: Settings, name: str) -> AsyncIterator[VisionModel]:
    """The endpoint as it is configured, but free to write prose.

    Raises: ConfigError.
    """
    config = settings.models.get(name)
    if config is None:
        raise ConfigError(f"model {name!r} is not configured; known: {sorted(settings.models)}")
    async with open_late_http() as http:
        if isinstance(config, RecordedConfig):
            yield config.build(name, http)
        else:
            prose = config.model_copy(update={"structured_output": "none"})
            yield prose.build(name, http)


def system_message(context: Context) -> str:
    """What the model under test is told of its part; the user's profile is not for it."""
    told = [context.system_prompt, context.assistant_profile]
    if context.scenario:
        told.append(f"The situation: {context.scenario}")
    return "\n\n".join(text for text in told if text)


@dataclass(frozen=True, slots=True)
class Collector:
    """Writes one line of labelled JSONL a case, without a label, as soon as it has it."""

    model: VisionModel
    pool: Pool
    limits: ImageLimits
    out: Path
    told: Callable[[Collected], None]
    concurrency: int = 4
    seconds: float = 120.0

    async def run(self, cases: Sequence[BenchmarkCase], known: frozenset[str]) -> list[Collected]:
        """What is `known` is not asked for again. What failed is not written."""
        work = iter([case for case in cases if case.id not in known])
        done: list[Collected] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(self.concurrency):
                group.create_task(self._work(work, done))
        return done

    async def _work(self, work: Iterator[BenchmarkCase], done: list[Collected]) -> None:
        for case in work:
            try:
                one = await self._one(case)
            except CandorError as exc:
                one = Collected(case.id, error=type(exc).__name__)
            done.append(one)
            self.told(one)

    async def _one(self, case: BenchmarkCase) -> Collected:
        exchange = await asyncio.to_thread(case.opened)
        budget = Budget(self.seconds, 1)
        pictures = await Pictures.open(exchange.images, self.limits, self.pool)
        messages = await self._messages(exchange, pictures)
        async with budget.model_call(self.model.name, _ROLE) as call:
            reply = await self.model.complete(messages, Prose, call)
            call.tokens(reply.input_tokens, reply.output_tokens, reply.cost_usd)
            self._check(reply)
        _append(self.out, line_of(case, exchange, reply, self.model.name))
        return Collected(case.id, reply.cost_usd)

    def _check(self, reply: Reply) -> None:
        if reply.cut or not reply.text.strip():
            why = "was cut off: raise max_output_tokens" if reply.cut else "is empty"
            raise UnreadableReply(f"the response {why}", model=self.model.name)

    async def _messages(self, exchange: Exchange, pictures: Pictures) -> list[Message]:
        system = system_message(exchange.context)
        messages = [Message("system", (system,))] if system else []
        shown: set[int] = set()
        for utterance in exchange.conversation:
            parts = [
                await pictures.for_model(part.index, self.model.max_image_side)
                if isinstance(part, ImageRef)
                else part
                for part in utterance.parts
            ]
            shown |= {part.index for part in utterance.parts if isinstance(part, ImageRef)}
            messages.append(Message(_ROLES[utterance.speaker], tuple(parts)))
        if len(shown) < len(exchange.images):
            raise InvalidExchange("an image stands in no message", field="images")
        return messages


def line_of(case: BenchmarkCase, exchange: Exchange, reply: Reply, model: str) -> dict[str, Any]:
    """Images travel inside, so that the file can be moved."""
    wire: dict[str, Any] = {
        "messages": [
            _message(utterance.speaker, utterance.parts, exchange)
            for utterance in exchange.conversation
        ],
        "response": reply.text,
        "context": {
            name: getattr(exchange.context, name)
            for name in ("system_prompt", "scenario", "user_profile", "assistant_profile")
        },
        "model": model,
    }
    if reply.reasoning:
        wire["reasoning"] = reply.reasoning
    return {
        "id": case.id,
        "exchange": wire,
        "category": case.category,
        "group": case.group,
        "source": case.source,
    }


def _message(role: str, parts: Sequence[str | ImageRef], exchange: Exchange) -> dict[str, Any]:
    return {"role": role, "content": [_part(part, exchange) for part in parts]}


def _part(part: str | ImageRef, exchange: Exchange) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    data = base64.b64encode(exchange.images[part.index].data).decode()
    # Intake goes by the bytes: the type in the address says nothing that it believes.
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def begun(path: Path, *, resume: bool) -> frozenset[str]:
    """Ids of the cases that stand in `path`; a torn last line is cut off.

    Raises: ConfigError when it exists and nobody wants to continue it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return frozenset()
    if not resume:
        raise ConfigError(f"{path} exists: continue it with --resume, or name another --out")
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        path.write_bytes(data[:end])
    try:
        return frozenset(json.loads(line)["id"] for line in data[:end].splitlines())
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{path} is not a file that `collect` wrote: name another") from None
