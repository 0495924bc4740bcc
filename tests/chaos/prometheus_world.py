"""All that runs on the scripted day: a service, a model, Redis, a receiver of webhooks, the
injector and a Prometheus that looks at them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos import prometheus_scenario as scenario
from tests.injector.pods import pod, review
from tests.injector.process import process, wait
from tests.model_server import ModelServer
from tests.papers import issue
from tests.prometheus_server import PrometheusServer, find_prometheus
from tests.receiver import Receiver
from tests.redis_server import RedisServer, find_redis_server
from tests.service import Service, serving
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Webhook:
    """The injector in a process of its own. `scraped` is how Prometheus finds it."""

    address: str
    trust: ssl.SSLContext
    scraped: str

    def asked_about_a_pod(self) -> None:
        """As the API server does."""
        answer = httpx.post(
            f"{self.address}/mutate", json=review(pod()), verify=self.trust, trust_env=False
        )
        assert answer.json()["response"]["allowed"], answer.text


@dataclass
class World:
    """`configure` writes another configuration, by its name in `_texts`."""

    service: Service
    prometheus: PrometheusServer
    redis: RedisServer
    model: scenario.Model
    keys: scenario.Keys
    receiver: Receiver
    webhook: Webhook
    configure: Callable[[str], None]
    answers: dict[int, int] = field(default_factory=dict)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Everything is up, and was scraped once."""
    prometheus_binary, redis_binary = find_prometheus(), find_redis_server()
    assert prometheus_binary, "prometheus is not on the PATH"
    assert redis_binary, "redis-server is not on the PATH"
    _write_rules(folder)
    scenario.write_screens(folder)
    model, keys = scenario.Model(), scenario.Keys.make()
    redis = RedisServer(redis_binary, folder)
    await redis.start()
    with ModelServer(model.act) as models, Receiver() as receiver, _webhook(folder) as webhook:
        places = scenario.Places(folder, redis.url, models.base_url, receiver.host)
        texts = _texts(places, keys)
        with serving(folder, texts["seeing"]) as service:
            target = service.base_url.removeprefix("http://")
            prometheus = PrometheusServer(prometheus_binary, folder, target, (webhook.scraped,))
            written = folder / "candor.yaml"

            def configure(name: str) -> None:
                written.write_text(texts[name], encoding="utf-8")

            try:
                prometheus.start()
                await _scraped(prometheus)
                yield World(service, prometheus, redis, model, keys, receiver, webhook, configure)
            finally:
                prometheus.kill()
                await redis.kill()


def _texts(places: scenario.Places, keys: scenario.Keys) -> dict[str, str]:
    return {
        "seeing": scenario.config(places, keys, scenario.SEEING),
        "blind": scenario.config(places, keys, scenario.BLIND),
        "wrong": "policies: {default: {tiers: []}}",
    }


@contextmanager
def _webhook(folder: Path) -> Iterator[Webhook]:
    mounted = folder / "webhook"
    mounted.mkdir()
    papers = issue(mounted)
    papers.certificate.rename(mounted / "tls.crt")
    papers.key.rename(mounted / "tls.key")
    trust = ssl.create_default_context(cafile=str(papers.authority))
    options = ("--cert-dir", str(mounted), "--native", "always", "--host", "127.0.0.1")
    with process(*options) as (_, port):
        wait(port, "/readyz", trust)
        scraped = {
            "job_name": "injector",
            "scheme": "https",
            "tls_config": {"ca_file": str(papers.authority)},
            "static_configs": [{"targets": [f"localhost:{port}"]}],
        }
        yield Webhook(f"https://localhost:{port}", trust, json.dumps(scraped))


async def _scraped(prometheus: PrometheusServer) -> None:
    """Before the first scrape there is nothing, and an alert says so."""
    series = ("candor_build_info", "candor_injections_total")
    async with asyncio.timeout(30):
        for one in series:
            while not prometheus.now(one):  # noqa: ASYNC110 # it tells us nothing
                await asyncio.sleep(0.2)
    await asyncio.sleep(2)


def _write_rules(folder: Path) -> None:
    values = Thresholds.read().with_changes(scenario.SHRUNK)
    rules = folder / "rules"
    rules.mkdir()
    (rules / "recording.yaml").write_text(recording_file(values), encoding="utf-8")
    (rules / "alerts.yaml").write_text(alerts_file(values), encoding="utf-8")
