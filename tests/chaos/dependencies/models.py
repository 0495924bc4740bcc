"""A service with a model that goes ill in each place a model can have, and a classifier."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.dependencies.answerer import answering
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.line import Line, Loop, line
from tests.model_server import REPLIES, Act, ChatRequest, ModelServer, http, in_its_dialect
from tests.service import serving

DEADLINE_MS = 8000
SHORT_MS = 900
"""For faults that are waited for until the deadline."""
POSTURES = {"": "", "-block": "block", "-allow": "allow"}
_ARGUMENT = json.dumps({"speech": "Nothing speaks against the response.", "operations": []})
_RULING = json.dumps(
    {
        **json.loads(REPLIES["ruling"]),
        "reason": "Nothing that was said contradicts the response.",
        "findings": [],
        "categories": dict.fromkeys(json.loads(REPLIES["ruling"])["categories"], 0.01),
        "score": 0.04,
    }
)


@dataclass(frozen=True)
class Stage:
    ask: Asker
    model: Line
    classifier: Line


def honest(delay: float = 0) -> Act:
    """Plays along, and rules that nobody was deceived: what is let pass shows what blocks."""

    async def act(request: ChatRequest, writer: Any) -> None:
        await asyncio.sleep(delay)
        said = _RULING if request.asks_for_ruling else _ARGUMENT
        writer.write(http(in_its_dialect(request, said)))

    return act


def _config(well: str, ill: str, classifier: str) -> str:
    once = "max_retries: 1, breaker: {failures: 0}"
    models = f"""
  well: {{base_url: "{well}", model: loopback}}
  ill: {{base_url: "{ill}", model: loopback, {once}}}
  chained: {{base_url: "{ill}", model: loopback, fallback: well, {once}}}
"""
    debate = "kind: debate, affirmer: {0}, negator: {0}, judge: {1}"
    tiers = {
        "judge": [debate.format("well", "ill") + ", fallback: none"],
        "debaters": [debate.format("ill", "well") + ", fallback: none"],
        "chain": [debate.format("well", "chained") + ", fallback: none"],
        "grounded": [debate.format("well", "ill")],
        "screen": ["kind: screen, classifier: remote, band: {non_deceptive_below: 0.3}"],
        "screen-first": [
            "kind: screen, classifier: remote, band: {non_deceptive_below: 0.3}",
            debate.format("well", "well") + ", fallback: none",
        ],
    }
    policies = "  default: {tiers: [{kind: screen}]}\n"
    for name, row in tiers.items():
        listed = ", ".join(f"{{{tier}}}" for tier in row)
        for suffix, action in POSTURES.items():
            posture = f", on_dependency_down: {action}" if action else ""
            policies += f"  {name}{suffix}: {{tiers: [{listed}], deadline_ms: {DEADLINE_MS}"
            policies += f"{posture}}}\n"
    wait = "timeout_seconds: 0.3"
    remote = f'classifiers: {{remote: {{kind: remote, url: "{classifier}/score", {wait}}}}}\n'
    quiet = "ocr: {kind: none}\nlogs: {level: error}\n"
    return f"{quiet}models:{models}{remote}policies:\n{policies}"


@contextmanager
def opened(folder: Path, loop: Loop, collector: Collector) -> Iterator[Stage]:
    with ExitStack() as stack:
        server = stack.enter_context(ModelServer(honest()))
        scores = stack.enter_context(answering({"score": 0.1, "reason": "nothing stands out"}))
        model = stack.enter_context(line(loop, server.port))
        classifier = stack.enter_context(line(loop, scores))
        config = _config(server.base_url, f"{model.url}/v1", classifier.url)
        service = stack.enter_context(serving(folder, config))
        yield Stage(Asker(service, collector), model, classifier)
