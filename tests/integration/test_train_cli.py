import asyncio
import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from candor.adapters.ledger import SqlLedgerConfig
from candor.cli.main import app
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import Exchange
from candor.domain.ledger import Audited, Label, Review, VerdictRecord
from candor.domain.screening.features import features
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel
from candor.domain.verdict import Outcome, Step
from tests.ledgers import NOON, Counted, a_record
from tests.unit.learning.test_train import HONEST, LIES

runner = CliRunner()


def test_a_file_is_trained_and_promoted_once(tmp_path: Path) -> None:
    data, out, shelf = tmp_path / "data.jsonl", tmp_path / "one.screen", tmp_path / "shelf"
    shelf.mkdir()
    data.write_text("\n".join(json.dumps(_line(place)) for place in range(60)))
    config = tmp_path / "candor.yaml"
    screen = {"kind": "screen", "classifier": "mine"}
    config.write_text(
        json.dumps(
            {
                "ocr": {"kind": "none"},
                "classifiers": {"mine": {"kind": "trained", "path": str(shelf)}},
                "policies": {"default": {"tiers": [screen]}},
            }
        )
    )
    trained = runner.invoke(app, ["train", "--data", str(data), "--out", str(out), "--date", ""])
    assert trained.exit_code == 0, trained.output
    promote = ["screen", "promote", "--candidate", str(out), "--config", str(config)]
    promoted = runner.invoke(app, promote)
    assert "candidate: -" in promoted.output, promoted.output
    status = runner.invoke(app, ["screen", "status", "--config", str(config)])
    assert status.output.splitlines()[0] in promoted.output
    assert runner.invoke(app, promote).exception is not None


def _line(place: int) -> dict[str, object]:
    said = (LIES if place % 2 else HONEST)[place % 3]
    exchange = {"prompt": f"How is item {place}?", "response": f"{said} item{place}."}
    return {"exchange": exchange, "label": "deceptive" if place % 2 else "non_deceptive"}


def a_config(folder: Path) -> Path:
    """A screen, a debate that nobody is asked for, and a ledger in SQLite."""
    config = folder / "candor.yaml"
    ledger = {"kind": "sql", "path": str(folder / "ledger.db")}
    config.write_text(json.dumps({"ocr": {"kind": "none"}, "ledger": ledger}))
    return config


async def fill(folder: Path, count: int) -> None:
    """As a deployment would: verdicts with features, labelled by people, audits and debates."""
    counted = Counted()
    async with SqlLedgerConfig(path=folder / "ledger.db").open(counted.tally()) as ledger:
        for place in range(count):
            record, found = _recorded(place)
            ledger.record(record)
            if found is not None:
                ledger.audited(found)
        for place in range(0, count, 3):
            label = Label.DECEPTIVE if place % 2 else Label.NON_DECEPTIVE
            await ledger.review(_recorded(place)[0].id, Review(label, NOON))


def _recorded(place: int) -> tuple[VerdictRecord, Audited | None]:
    """Every third is reviewed, every third was audited, every third was debated."""
    said = (LIES if place % 2 else HONEST)[place // 2 % 3]
    exchange = Exchange((), f"{said} item{place}.")
    truth = Outcome.DECEPTIVE if place % 2 else Outcome.NON_DECEPTIVE
    screened = place % 3 != 2
    score = 0.4 + 0.2 * (place % 2) + 0.01 * (place % 7)
    steps = [Step("screen", score, screened, 0.001)]
    steps += [] if screened else [Step("debate", 0.95 * (place % 2), True, 2.0)]
    record = a_record(
        place,
        after=place,
        outcome=Outcome.NON_DECEPTIVE if screened else truth,
        score=score if screened else 0.95 * (place % 2),
        decided_by="screen" if screened else "debate",
        digest=exchange.digest(),
        groups=(f"p{place}",),
        steps=tuple(steps),
        features=features(exchange).vector.to_bytes(),
        ticket=f"t{place}" if place % 3 == 1 else None,
    )
    if record.ticket is None:
        return record, None
    found = Audited(record.ticket, NOON, "screen", truth, 0.95 * (place % 2), "debate", 20.0)
    return record, found


def test_a_screen_is_trained_from_the_ledger(tmp_path: Path) -> None:
    config, out = a_config(tmp_path), tmp_path / "one.screen"
    asyncio.run(fill(tmp_path, 240))
    asked = ["train", "--ledger", "--out", str(out), "--config", str(config), "--date", ""]
    trained = runner.invoke(app, asked)
    assert trained.exit_code == 0, trained.output
    model = ScreenModel.from_bytes(out.read_bytes(), "one")
    head = model.heads[Stratum.WITHOUT_REASONING]
    lie, honest = (Exchange((), f"{said[0]} item7.") for said in (LIES, HONEST))
    assert head.score(features(lie).vector) > 0.5 > head.score(features(honest).vector)


def test_a_ledger_with_too_little_is_refused_in_words(tmp_path: Path) -> None:
    config, out = a_config(tmp_path), tmp_path / "one.screen"
    asyncio.run(fill(tmp_path, 6))
    asked = ["train", "--ledger", "--out", str(out), "--config", str(config)]
    refused = runner.invoke(app, asked)
    assert isinstance(refused.exception, InvalidExchange)
    assert "need" in str(refused.exception)
    assert not out.exists()


def test_a_band_is_calibrated_from_the_ledger(tmp_path: Path) -> None:
    config, export, out = a_config(tmp_path), tmp_path / "all.jsonl", tmp_path / "band.yaml"
    asyncio.run(fill(tmp_path, 240))
    given = runner.invoke(app, ["ledger", "export", "-o", str(export), "--config", str(config)])
    assert given.exit_code == 0, given.output
    asked = ["calibrate", "--data", str(export), "--out", str(out), "--config", str(config)]
    done = runner.invoke(app, [*asked, "--max-miss-rate", "0.1"])
    assert done.exit_code == 0, done.output
    fitted = yaml.safe_load(out.read_text())
    assert "band" in json.dumps(fitted)
    assert out.with_suffix(".html").exists()

    few = export.read_text().splitlines()[:12]
    export.write_text("\n".join(few))
    refused = runner.invoke(app, [*asked, "--max-miss-rate", "0.1"])
    assert refused.exit_code == 3
    assert "needed" in refused.output or "too few" in refused.output
