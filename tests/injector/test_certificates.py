"""The injector's certificate: where it is from, who trusts it, and how it is renewed."""

import base64
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from candor.domain.errors import ConfigError
from candor.injector.cluster import Cluster, connect
from candor.injector.counts import Counts
from candor.injector.keeping import Mounted, Places, SelfSigned
from candor.injector.minding import Minder, Standing, is_native
from candor.injector.papers import Papers, issue
from candor.injector.refusals import ClusterUnavailable
from candor.injector.rotation import Kept, Plan
from candor.injector.tls import Door
from tests import papers as made_by_tests
from tests.injector.door import DAY, injector_app, listening, now
from tests.injector.kubernetes_server import (
    CONFIGURATION,
    NAMESPACE,
    SECRET,
    KubernetesServer,
    running,
)

SERVICE = "candor-injector.guards.svc"
PLAN = Plan((SERVICE, "localhost"), lifetime=90 * DAY, settle=timedelta(minutes=10))
PLACES = Places(NAMESPACE, SECRET, CONFIGURATION)


@dataclass
class Clock:
    time: datetime = field(default_factory=now)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def server() -> KubernetesServer:
    return KubernetesServer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cluster(server: KubernetesServer, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with running(server, tmp_path / "account") as reached:
        found = connect(reached.account, reached.address)
        yield found
        await found.close()


@pytest.fixture
def keeper(cluster: Cluster, clock: Clock) -> SelfSigned:
    return SelfSigned(cluster, PLACES, PLAN, clock)


def decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


async def trusts(bundle: str, papers: Papers) -> bool:
    """As the API server does, which has the bundle and calls the injector."""
    trust = ssl.create_default_context(cadata=decoded(bundle).decode("ascii"))
    async with (
        listening(injector_app(), Door(papers).context) as address,
        httpx.AsyncClient(verify=trust, trust_env=False) as client,
    ):
        try:
            return (await client.get(f"{address}/healthz")).is_success
        except httpx.ConnectError:
            return False


async def test_at_first_it_makes_a_certificate_and_the_api_server_trusts_it(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    papers = await keeper.papers()
    assert papers.names() == {SERVICE, "localhost"}
    assert await trusts(server.bundle, papers)
    assert "ca.key" not in server.data


async def test_an_empty_secret_of_the_chart_is_filled(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    server.secret = {"metadata": {"resourceVersion": "7"}}
    papers = await keeper.papers()
    assert decoded(server.data["tls.crt"]) == papers.certificate
    assert "POST secrets" not in server.asked


async def test_replicas_share_one_certificate(
    keeper: SelfSigned, cluster: Cluster, server: KubernetesServer, clock: Clock
) -> None:
    first = await keeper.papers()
    assert await SelfSigned(cluster, PLACES, PLAN, clock).papers() == first


@pytest.mark.parametrize("there", [True, False])
async def test_who_is_overtaken_by_another_replica_takes_its_certificate(
    keeper: SelfSigned, server: KubernetesServer, clock: Clock, there: bool
) -> None:
    other = Kept(issue(PLAN.names, clock(), PLAN.lifetime))
    server.secret = {"metadata": {"resourceVersion": "7"}} if there else None
    server.overtaken_by = [other.to_secret()]
    assert await keeper.papers() == other.current
    assert decoded(server.bundle) == other.current.authority


async def test_nothing_is_written_while_all_is_well(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    await keeper.papers()
    server.asked.clear()
    await keeper.papers()
    assert server.asked == [f"GET {CONFIGURATION}", f"GET {SECRET}"]


async def test_a_bundle_that_somebody_took_away_is_put_back(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    papers = await keeper.papers()
    server.configuration["webhooks"][0]["clientConfig"]["caBundle"] = ""
    await keeper.papers()
    assert await trusts(server.bundle, papers)


async def test_a_new_authority_is_trusted_before_and_the_old_one_after_the_change(
    keeper: SelfSigned, server: KubernetesServer, clock: Clock
) -> None:
    # TLS goes by the clock on the wall: this one ends a little before it.
    clock.time -= 61 * DAY + timedelta(minutes=12)
    old = await keeper.papers()
    clock.time += 61 * DAY
    assert await keeper.papers() == old
    upcoming = decoded(server.data["next-ca.crt"])
    assert decoded(server.bundle) == old.authority + upcoming

    clock.time += timedelta(minutes=9)
    assert await keeper.papers() == old

    clock.time += timedelta(minutes=2)
    new = await keeper.papers()
    assert new != old
    assert new.authority == upcoming
    assert await trusts(server.bundle, new)
    # A replica that has not looked yet still serves the old one.
    assert await trusts(server.bundle, old)

    clock.time += 30 * DAY
    assert await keeper.papers() == new
    assert decoded(server.bundle) == new.authority


async def test_the_new_certificate_waits_until_its_authority_is_trusted(
    keeper: SelfSigned, server: KubernetesServer, clock: Clock
) -> None:
    old = await keeper.papers()
    clock.time += 61 * DAY
    await keeper.papers()
    server.configuration["webhooks"][0]["clientConfig"]["caBundle"] = base64.b64encode(
        old.authority
    ).decode()
    clock.time += DAY
    assert await keeper.papers() == old
    assert await keeper.papers() != old


@pytest.mark.parametrize("damage", ["ended", "rubbish", "another_name", "missing"])
async def test_a_certificate_that_serves_nobody_is_replaced_at_once(
    keeper: SelfSigned, server: KubernetesServer, clock: Clock, damage: str
) -> None:
    clock.time -= 92 * DAY if damage == "ended" else timedelta()
    old = await keeper.papers()
    if damage == "ended":
        clock.time += 91 * DAY
    elif damage == "rubbish":
        server.write({**server.data, "tls.crt": base64.b64encode(b"rubbish").decode()})
    elif damage == "another_name":
        server.write(Kept(issue(["else"], clock(), PLAN.lifetime)).to_secret())
    else:
        server.write({"tls.crt": server.data["tls.crt"]})
    new = await keeper.papers()
    assert new != old
    assert await trusts(server.bundle, new)


async def test_rubbish_beside_a_good_certificate_does_not_end_it(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    good = await keeper.papers()
    server.write({**server.data, "former-ca.crt": base64.b64encode(b"rubbish").decode()})
    assert await keeper.papers() == good
    assert decoded(server.bundle) == good.authority


@dataclass
class Watch:
    """A minder and what it minds."""

    minder: Minder
    standing: Standing
    counts: Counts


def minded(keeper: SelfSigned | Mounted, door: Door, cluster: Cluster | None = None) -> Watch:
    counts = Counts(CollectorRegistry())
    standing = Standing(None if cluster else True, certified=False)
    ask = cluster.version if cluster else None
    return Watch(Minder(keeper, door, standing, counts, version=ask, every=1), standing, counts)


def a_door() -> Door:
    return Door(issue(["localhost"], now(), DAY))


async def test_it_is_ready_when_it_is_trusted_and_knows_the_version(
    keeper: SelfSigned, cluster: Cluster, server: KubernetesServer
) -> None:
    watch = minded(keeper, a_door(), cluster)
    server.broken = True
    await watch.minder.look()
    assert "certificate" in watch.standing.problem
    server.broken = False
    await watch.minder.look()
    assert watch.standing.problem == ""
    assert watch.standing.native is True


async def test_an_api_server_that_is_away_does_not_end_a_certificate_that_serves(
    keeper: SelfSigned, server: KubernetesServer
) -> None:
    watch = minded(keeper, a_door())
    await watch.minder.look()
    server.broken = True
    await watch.minder.look()
    assert watch.standing.problem == ""


async def test_refusals_of_the_api_server_say_what_was_asked(
    cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "account" / "token").write_text("another", encoding="ascii")
    with pytest.raises(ClusterUnavailable, match=f"GET .*{SECRET}.* answered 401"):
        await cluster.stored(NAMESPACE, SECRET)


async def test_outside_of_a_pod_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--cert-dir"):
        connect(tmp_path, "https://localhost:1")


@pytest.mark.parametrize(
    ("version", "native"),
    [("1.28", False), ("1.29", True), ("v1.31.2-eks-1", True), ("1.28+", False), ("2.0", True)],
)
def test_native_sidecars_are_there_since_1_29(version: str, native: bool) -> None:
    assert is_native(version) is native


def write(folder: Path, papers: Papers) -> None:
    (folder / "tls.crt").write_bytes(papers.certificate)
    (folder / "tls.key").write_bytes(papers.key)


async def test_a_mounted_certificate_that_changes_is_served_without_a_restart(
    tmp_path: Path,
) -> None:
    first, second = (issue(["localhost"], now(), DAY) for _ in range(2))
    write(tmp_path, first)
    door = Door(Mounted(tmp_path).read_at_start())
    watch = minded(Mounted(tmp_path), door)
    async with listening(injector_app(), door.context) as address:
        assert await answers(address, first)
        write(tmp_path, second)
        await watch.minder.look()
        assert await answers(address, second)
        assert not await answers(address, first)
        # Half of a change, and no certificate at all: the one before goes on.
        for broken in (Papers(second.certificate, first.key), Papers(b"", b"")):
            write(tmp_path, broken)
            await watch.minder.look()
            assert await answers(address, second)
        assert str(int(second.ends.timestamp())) in format_gauge(watch.counts)


def format_gauge(counts: Counts) -> str:
    line = next(
        line for line in counts.shown().decode().splitlines() if line.startswith("candor_injector")
    )
    return f"{float(line.split()[1]):.0f}"


async def answers(address: str, papers: Papers) -> bool:
    trust = ssl.create_default_context(cadata=papers.authority.decode("ascii"))
    async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
        try:
            return (await client.get(f"{address}/healthz")).is_success
        except httpx.ConnectError:
            return False


def test_a_certificate_of_somebody_else_serves_too(tmp_path: Path) -> None:
    theirs = made_by_tests.issue(tmp_path)
    Door(Papers(theirs.certificate.read_bytes(), theirs.key.read_bytes()))


def test_a_folder_without_a_certificate_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tls\.crt"):
        Mounted(tmp_path).read_at_start()
