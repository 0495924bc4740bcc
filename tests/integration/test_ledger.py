import asyncio
import base64
import contextlib
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from candor.adapters.ledger import SqlLedgerConfig
from candor.adapters.ledger.schema import HEAD, scripts
from candor.adapters.ledger.tables import metadata
from candor.api.app import create_app
from candor.api.limits import Limits
from candor.cli import ledger_lines
from candor.domain.errors import LedgerUnavailable
from candor.domain.ledger import Content, Filters, Label, Retention, Review
from candor.learning.labelled import read_labelled
from candor.settings import Settings
from candor.wiring import open_state
from tests.bench.samples import exchange
from tests.client import Parts, client_for
from tests.images import corners, encoded
from tests.ledgers import Counted, a_record, content
from tests.model_server import ModelServer
from tests.postgres_server import PostgresServer
from tests.redis_server import until

PICTURE = {"data": base64.b64encode(encoded(corners(60, 40))).decode()}
ASKED: dict[str, Any] = {
    "prompt": "How many cats?",
    "response": "Three.",
    "images": [PICTURE],
    "metadata": {"user": "jo@example.org"},
}


@asynccontextmanager
async def talking(config: SqlLedgerConfig, **parts: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        config.open() as ledger,
        client_for(create_app(Parts(ledger=ledger, **parts).open_state())) as client,
    ):
        yield client


@pytest.fixture
def config(tmp_path: Path) -> SqlLedgerConfig:
    return SqlLedgerConfig(path=tmp_path / "ledger.db")


async def test_a_verdict_can_be_looked_up_and_reviewed_at_once(config: SqlLedgerConfig) -> None:
    async with talking(config) as client:
        given = (await client.post("/v1/monitor", json=ASKED)).json()
        path = f"/v1/verdicts/{given['id']}"
        word = {"label": "deceptive", "category": "fabrication", "note": "Two!", "reviewer": "jo"}
        review = await client.post(f"{path}/review", json=word)
        known = (await client.get(path)).json()
        listed = (await client.get("/v1/verdicts", params={"reviewed": "true"})).json()

    assert review.status_code == 201
    assert {k: review.json()[k] for k in word} == word
    same = ("id", "outcome", "score", "steps", "coverage", "policy", "categories", "cache")
    assert {k: known[k] for k in same} == {k: given[k] for k in same}
    assert known["review"] == review.json()
    assert listed == {"verdicts": [known], "next": None}


async def test_pages_follow_each_other(config: SqlLedgerConfig) -> None:
    async with talking(config) as client:
        given = [(await client.post("/v1/monitor", json=ASKED)).json()["id"] for _ in range(3)]
        await client.get(f"/v1/verdicts/{given[-1]}")
        first = (await client.get("/v1/verdicts", params={"limit": 2})).json()
        rest = {"limit": 2, "cursor": first["next"]}
        second = (await client.get("/v1/verdicts", params=rest)).json()

    found = [verdict["id"] for page in (first, second) for verdict in page["verdicts"]]
    assert found == given[::-1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/verdicts/mon_0", 404, "unknown-verdict"),
        ("/v1/verdicts/a%00b", 404, "unknown-verdict"),
        ("/v1/verdicts?limit=501", 422, "invalid-request"),
        ("/v1/verdicts?min_score=2", 422, "invalid-request"),
        ("/v1/verdicts?since=yesterday", 422, "invalid-request"),
        ("/v1/verdicts?until=0.5", 422, "invalid-request"),
        ("/v1/verdicts?since=2026-01-31T09:00:00", 422, "invalid-request"),
        ("/v1/verdicts?policy=a%00", 422, "invalid-request"),
        ("/v1/verdicts?polcy=a", 422, "invalid-request"),
        ("/v1/verdicts?cursor=bm90aGluZw==", 422, "invalid-request"),
        ("/v1/verdicts?cursor=%C3%A9", 422, "invalid-request"),
    ],
)
async def test_what_cannot_be_found_is_told(
    config: SqlLedgerConfig, path: str, status: int, kind: str
) -> None:
    async with talking(config) as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:candor:problem:{kind}"


@pytest.mark.parametrize(
    "word", [{}, {"label": "honest"}, {"label": "deceptive", "note": "\x00"}, {"note": "x"}]
)
async def test_a_review_that_says_nothing_is_refused(
    config: SqlLedgerConfig, word: dict[str, str]
) -> None:
    async with talking(config) as client:
        given = (await client.post("/v1/monitor", json=ASKED)).json()
        answer = await client.post(f"/v1/verdicts/{given['id']}/review", json=word)
    assert answer.status_code == 422


async def test_a_deployment_without_a_ledger_says_so() -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        given = await client.post("/v1/monitor", json=ASKED)
        answers = [
            await client.get("/v1/verdicts"),
            await client.get("/v1/verdicts/mon_0"),
            await client.post("/v1/verdicts/mon_0/review", json={"label": "deceptive"}),
        ]
    assert given.status_code == 200
    assert [a.status_code for a in answers] == [409] * 3
    assert {a.json()["type"] for a in answers} == {"urn:candor:problem:ledger-off"}


@pytest.mark.parametrize("keeps", ["none", "text", "text_and_images"])
async def test_content_is_kept_only_as_the_policy_says_and_never_answered(
    config: SqlLedgerConfig, keeps: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with config.open() as ledger:
        parts = Parts(ledger=ledger, retention=Retention(content=keeps, days=7), group_salt="s")
        async with client_for(create_app(parts.open_state())) as client:
            given = (await client.post("/v1/monitor", json=ASKED)).json()
            shown = (await client.get(f"/v1/verdicts/{given['id']}")).text
        [record] = [record async for record in ledger.records(Filters())]

    assert "How many cats" not in shown + caplog.text
    assert record.groups[0].startswith("user:")
    assert "jo@example.org" not in repr(record)
    _is_kept(record.content, keeps)


def _is_kept(kept: Content | None, keeps: str) -> None:
    if keeps == "none":
        assert kept is None
        return
    assert kept is not None
    assert kept.exchange.prompt == "How many cats?"
    assert (len(kept.exchange.images), kept.missing) == ((1, 0) if "images" in keeps else (0, 1))
    assert 6 < (kept.expires - datetime.now(UTC)).total_seconds() / 86400 <= 7


async def test_what_is_exported_with_labels_can_be_read_to_learn_from(
    config: SqlLedgerConfig, tmp_path: Path
) -> None:
    async with config.open() as ledger:
        keeping = Parts(ledger=ledger, retention=Retention(content="text_and_images"))
        async with client_for(create_app(keeping.open_state())) as client:
            given = [(await client.post("/v1/monitor", json=ASKED)).json() for _ in range(2)]
            word = {"label": "non_deceptive"}
            await client.post(f"/v1/verdicts/{given[0]['id']}/review", json=word)
        [known] = [r async for r in ledger.records(Filters(reviewed=True))]
        lines = [line async for line in ledger_lines.lessons(ledger, Filters())]
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))

    [row] = list(read_labelled(file, Limits()))
    assert (row.id, row.deceptive, row.source) == (given[0]["id"], False, "review")
    assert row.exchange.digest() == known.digest


async def test_without_content_the_features_are_exported(config: SqlLedgerConfig) -> None:
    async with config.open() as ledger:
        ledger.record(a_record())
        ledger.record(a_record(2, decided_by="screen", digest="b"))
        await ledger.verdict(a_record(2).id)
        [line] = [line async for line in ledger_lines.lessons(ledger, Filters())]
    assert base64.b64decode(line["features"]) == a_record().features
    assert (line["label"], line["category"], line["source"]) == (
        "deceptive",
        "fabrication",
        "debate",
    )
    assert line["weight"] == pytest.approx(0.94)


async def test_records_that_share_any_group_are_of_one(config: SqlLedgerConfig) -> None:
    groups = [("user:1", "p1"), ("user:2", "p1"), ("user:2", "p2"), ("p3",)]
    async with config.open() as ledger:
        for number, shared in enumerate(groups):
            ledger.record(a_record(number, groups=shared, digest=str(number)))
        await ledger.verdict(a_record(3).id)
        lines = [line async for line in ledger_lines.lessons(ledger, Filters())]
    found = {int(line["id"][4:], 16): line["group"] for line in lines}
    assert found[0] == found[1] == found[2] != found[3]


async def test_a_database_that_dies_changes_nothing_but_counters_and_recovers(
    postgres_server: PostgresServer,
) -> None:
    config = SqlLedgerConfig(url=postgres_server.database(), timeout_seconds=2)
    await config.migrate()
    counted = Counted()
    try:
        async with config.open(counted.tally()) as ledger:
            parts = Parts(ledger=ledger)
            async with client_for(create_app(parts.open_state())) as client:
                await client.post("/v1/monitor", json=ASKED)
                await _written(counted, 1)
                postgres_server.kill()
                given = [await client.post("/v1/monitor", json=ASKED) for _ in range(20)]
                listed = await client.get("/v1/verdicts")
                await until(lambda: _true(counted.failed > 0))
                postgres_server.start()
                await _written(counted, 21)
    finally:
        if postgres_server._process is None:
            postgres_server.start()

    assert {answer.status_code for answer in given} == {200}
    assert listed.status_code == 503
    assert listed.json()["type"] == "urn:candor:problem:ledger-unavailable"
    assert listed.headers["retry-after"]
    assert counted.dropped == {}


async def _written(counted: Counted, count: int) -> None:
    await until(lambda: _true(counted.written == count), seconds=20)


async def _true(value: bool) -> bool:
    return value


async def test_a_postgresql_without_the_schema_is_told_of_and_left_alone(
    postgres_server: PostgresServer,
) -> None:
    config = SqlLedgerConfig(url=postgres_server.database(), flush_seconds=0.1)
    counted = Counted()
    async with config.open(counted.tally()) as ledger:
        with pytest.raises(LedgerUnavailable, match="candor ledger migrate"):
            await ledger.ping()
        ledger.record(a_record())
        await config.migrate()
        await _written(counted, 1)


async def test_what_cannot_be_written_before_the_end_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    config = SqlLedgerConfig(path=folder / "ledger.db", flush_seconds=0.1)
    folder.rmdir()
    counted = Counted()
    with pytest.raises(Exception, match="make it"):
        config.check()
    folder.mkdir()
    async with config.open(counted.tally()) as ledger:
        _block(config)
        ledger.record(a_record())
    assert counted.dropped == {"shutdown": 1}


def _block(config: SqlLedgerConfig) -> None:
    """The file is no database any more."""
    assert config.path is not None
    for suffix in ("", "-wal", "-shm"):
        file = Path(f"{config.path}{suffix}")
        if file.exists():
            file.write_bytes(b"x" * 8192)


async def test_a_line_that_is_full_drops_what_comes(config: SqlLedgerConfig) -> None:
    counted = Counted()
    small = config.model_copy(update={"max_waiting": 5})
    async with small.open(counted.tally()) as ledger:
        for number in range(8):
            ledger.record(a_record(number))
    assert (counted.written, counted.dropped) == (5, {"full": 3})

    narrow = config.model_copy(update={"max_waiting_bytes": 10_000})
    async with narrow.open(counted.tally()) as ledger:
        for number in range(10, 14):
            ledger.record(a_record(number, content=content()))
    assert counted.dropped == {"full": 5}


def test_the_tables_are_what_the_migrations_make(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415

    config = SqlLedgerConfig(path=tmp_path / "ledger.db")
    asyncio.run(config.migrate())
    assert ScriptDirectory.from_config(scripts()).get_current_head() == HEAD
    engine = create_engine(f"sqlite:///{config.path}")
    with engine.connect() as connection:
        options = {"version_table": "candor_ledger_version"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def candor(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "candor", "ledger", *words, "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


async def test_the_command_exports_and_purges(config: SqlLedgerConfig, tmp_path: Path) -> None:
    file, out = tmp_path / "candor.yaml", tmp_path / "out.jsonl"
    file.write_text(f"ledger: {{kind: sql, path: {config.path}}}")
    async with config.open() as ledger:
        ledger.record(a_record(content=content(-1)))
        await ledger.review(a_record().id, Review(Label.DECEPTIVE, a_record().at))

    exported = await asyncio.to_thread(candor, file, "export", "-o", str(out))
    purged = await asyncio.to_thread(candor, file, "purge", "--expired", "--older-than", "0")
    assert (exported.returncode, purged.returncode) == (0, 0), exported.stderr + purged.stderr
    [line] = [json.loads(text) for text in out.read_text().splitlines()]
    assert line["review"]["label"] == "deceptive"
    assert (line["groups"], "exchange" in line) == (list(a_record().groups), False)
    assert out.stat().st_mode & 0o077 == 0
    assert purged.stdout.splitlines()[0] == "1 verdicts are forgotten"


def test_a_url_keeps_its_password_to_itself() -> None:
    config = SqlLedgerConfig(url="postgresql://ann:s3cret@db:5432/candor")
    assert config.username == "ann"
    assert "s3cret" not in f"{config!r}{config.model_dump_json()}{config.where}"
    for wrong in ("mysql://db/x", "postgresql://db", "postgresql://a:pw@db:x/y"):
        with pytest.raises(ValueError, match="must look like") as told:
            SqlLedgerConfig(url=wrong)
        assert "pw" not in str(told.value)
    with pytest.raises(ValueError, match="either path"):
        SqlLedgerConfig()


async def test_the_newest_record_without_features_does_not_hide_one_that_has_them(
    config: SqlLedgerConfig,
) -> None:
    async with config.open() as ledger:
        ledger.record(a_record(1))
        ledger.record(a_record(2, after=5, features=None))
        await ledger.review(a_record(2).id, Review(Label.NON_DECEPTIVE, a_record().at))
        lines = [line async for line in ledger_lines.lessons(ledger, Filters())]
    assert [(line["id"], line["label"]) for line in lines] == [
        (a_record(2).id, "non_deceptive"),
    ]
    assert base64.b64decode(lines[0]["features"]) == a_record(1).features


REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
  IF NEW.model = 'odd' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER refusing BEFORE INSERT ON verdicts FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def test_what_the_database_fails_on_again_and_again_is_dropped_and_the_rest_written(
    postgres_server: PostgresServer,
) -> None:
    config = SqlLedgerConfig(url=postgres_server.database())
    await config.migrate()
    await asyncio.to_thread(postgres_server.run, REFUSING, config.url.rpartition("/")[2])  # type: ignore[union-attr] # it has a url
    counted = Counted()
    async with config.open(counted.tally()) as ledger:
        for number in range(6):
            ledger.record(a_record(number, model="odd" if number == 2 else "acme"))
        await until(
            lambda: _true(counted.written + sum(counted.dropped.values()) == 6), seconds=20
        )
    assert (counted.written, counted.dropped) == (5, {"unwritable": 1})
    # Five tries for all of them, and one for the odd one alone.
    assert counted.failed == 6


async def test_a_ledger_of_the_version_before_keeps_its_verdicts(config: SqlLedgerConfig) -> None:
    async with config.open() as ledger:
        ledger.record(a_record())
    assert config.path is not None
    with contextlib.closing(sqlite3.connect(config.path)) as old:
        old.executescript(
            "DROP TABLE audits; ALTER TABLE verdicts DROP COLUMN ticket;"
            "DROP INDEX verdicts_tenant_newest; ALTER TABLE verdicts DROP COLUMN tenant;"
            "UPDATE candor_ledger_version SET version_num = '0001'"
        )
    async with config.open() as ledger:
        assert await ledger.verdict(a_record().id) == a_record()


async def test_what_an_audit_of_the_service_finds_stands_with_the_verdict(tmp_path: Path) -> None:
    with ModelServer() as server:
        settings = Settings.model_validate(
            {
                "ocr": {"kind": "none"},
                "ledger": {"kind": "sql", "path": tmp_path / "ledger.db"},
                "models": {"judge": {"base_url": server.base_url, "model": "any"}},
                "policies": {
                    "default": {
                        # The screen clears everything, and is audited each time.
                        "tiers": [
                            {
                                "kind": "screen",
                                "band": {"non_deceptive_below": 1.0, "deceptive_above": 1.0},
                            },
                            {"kind": "judge", "model": "judge"},
                        ],
                        "audit": {"rate": 0.5, "near_threshold_factor": 1000},
                    }
                },
            }
        )
        async with client_for(create_app(lambda: open_state(settings))) as client:
            given = (await client.post("/v1/monitor", json=exchange())).json()
            assert given["decided_by"] == "screen"
            shown: dict[str, Any] = {}

            async def audited() -> bool:
                shown.update((await client.get(f"/v1/verdicts/{given['id']}")).json())
                return shown["audit"] is not None

            await until(audited, seconds=10)
    assert given["decided_by"] == shown["decided_by"] == shown["audit"]["tier"] == "screen"
    assert shown["audit"]["decided_by"] in ("judge", None)
    assert 1 <= shown["audit"]["weight"] <= 2
