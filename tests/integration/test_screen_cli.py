"""`candor screen` and `candor calibrate --into`: from a trained file to one that is in charge."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from candor.adapters.classifier.shelf import Shelf, read_model
from candor.adapters.ledger import SqlLedgerConfig
from candor.cli.main import app
from candor.domain.ledger import VerdictRecord
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel
from tests.unit.learning.screened import blind, good, record, said, shut
from tests.unit.learning.test_train import trained

runner = CliRunner()
PROMOTION = {"mode": "automatic", "min_verdicts": 100, "min_deceptive_groups": 80}


def configured(folder: Path, thresholds: str = "classifier", **promotion: Any) -> str:
    (folder / "shelf").mkdir(exist_ok=True)
    mine = {"kind": "trained", "path": str(folder / "shelf")}
    mine["promotion"] = {**PROMOTION, **promotion}  # type: ignore[assignment] # it becomes JSON
    screen = {"kind": "screen", "classifier": "mine", "thresholds": thresholds}
    document = {
        "ocr": {"kind": "none"},
        "classifiers": {"mine": mine},
        "ledger": {"kind": "sql", "path": str(folder / "ledger.db")},
        "policies": {"default": {"tiers": [screen, {"kind": "debate"}], "audit_rate": 0.5}},
    }
    path = folder / "candor.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def screen(config: str, *words: str) -> Result:
    return runner.invoke(app, ["screen", *words, "--config", config])


def written(folder: Path, model: ScreenModel, name: str = "one.screen") -> str:
    path = folder / name
    path.write_bytes(model.to_bytes())
    return str(path)


def recorded(folder: Path, records: Sequence[VerdictRecord]) -> None:
    """As if they had been given in the minutes after now."""
    now = datetime.now(UTC)

    async def write() -> None:
        async with SqlLedgerConfig(path=folder / "ledger.db").open() as ledger:
            for number, one in enumerate(records):
                ledger.record(replace(one, at=now + timedelta(seconds=number)))
                if one.audit is not None:
                    ledger.audited(one.audit)

    asyncio.run(write())


def labelled(folder: Path, count: int) -> str:
    path = folder / "labels.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            deceptive = number % 2 == 0
            exchange = {
                "prompt": f"How is item {number}?",
                "response": said(number, deceptive=deceptive).response,
            }
            label = "deceptive" if deceptive else "non_deceptive"
            file.write(json.dumps({"exchange": exchange, "label": label}) + "\n")
    return str(path)


def calibrate(folder: Path, into: str, *more: str) -> Result:
    goal = ["--max-miss-rate", "0.05", "--config", configured(folder)]
    return runner.invoke(app, ["calibrate", "--into", into, *goal, *more])


def test_the_band_is_written_into_the_file_with_its_goal_and_evidence(tmp_path: Path) -> None:
    into = written(tmp_path, trained().model)
    done = calibrate(tmp_path, into, "--data", labelled(tmp_path, 160))
    assert done.exit_code == 0, done.output
    kept = read_model(Path(into)).manifest.tuning
    assert kept is not None
    assert kept.goal is not None
    assert (kept.goal.max_miss_rate, kept.goal.confidence) == (0.05, 0.95)
    evidence = kept.evidence[Stratum.WITHOUT_REASONING]
    assert (evidence.deceptive_groups, evidence.honest_groups, evidence.rows) == (80, 80, 160)
    assert kept.without_reasoning.non_deceptive_below > 0
    # No labels with reasoning: there it settles nothing.
    assert (kept.with_reasoning.non_deceptive_below, kept.with_reasoning.deceptive_above) == (0, 1)
    assert "<svg" in (tmp_path / "one.html").read_text(encoding="utf-8")


def test_the_same_labels_and_goal_make_the_same_file(tmp_path: Path) -> None:
    data, files = labelled(tmp_path, 160), []
    for name in ("a.screen", "b.screen"):
        into = written(tmp_path, trained().model, name)
        assert calibrate(tmp_path, into, "--data", data).exit_code == 0
        files.append(Path(into).read_bytes())
    assert files[0] == files[1] != trained().model.to_bytes()
    # Again on what has a band already: scores are those of the head, whatever the band.
    again = str(tmp_path / "a.screen")
    assert calibrate(tmp_path, again, "--data", data).exit_code == 0
    assert Path(again).read_bytes() == files[0]


def test_too_few_labels_leave_the_file_as_it_was(tmp_path: Path) -> None:
    into = written(tmp_path, trained().model)
    done = calibrate(tmp_path, into, "--data", labelled(tmp_path, 40))
    assert done.exit_code == 3
    assert Path(into).read_bytes() == trained().model.to_bytes()


def test_the_ledgers_audits_and_debates_calibrate_a_file_too(tmp_path: Path) -> None:
    recorded(tmp_path, [record(n, deceptive=n % 2 == 0) for n in range(160)])
    into = written(tmp_path, trained().model)
    done = calibrate(tmp_path, into, "--ledger-since", "2026-01-01")
    assert done.exit_code == 0, done.output
    kept = read_model(Path(into)).manifest.tuning
    assert kept is not None
    assert kept.evidence[Stratum.WITHOUT_REASONING].deceptive_groups == 80


def test_a_file_on_a_shelf_is_never_changed(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert screen(config, "promote", "--candidate", written(tmp_path, good())).exit_code == 0
    shelf = Shelf(tmp_path / "shelf")
    done = calibrate(tmp_path, str(shelf.path_of(good().digest)), "--data", labelled(tmp_path, 4))
    assert "stands on a shelf" in str(done.exception)


def test_scores_are_refused_where_nobody_knows_which_file_gave_them(tmp_path: Path) -> None:
    config, data = configured(tmp_path, thresholds="policy"), tmp_path / "scores.jsonl"
    data.write_text('{"label": "deceptive", "group": "1", "score": 0.7}\n', encoding="utf-8")
    words = ["--data", str(data), "--out", str(tmp_path / "f.yaml"), "--config", config]
    done = runner.invoke(app, ["calibrate", "--max-miss-rate", "0.05", *words])
    assert "scores do not tell which file gave them" in str(done.exception)


def test_status_tells_who_is_in_charge_and_what_it_settles(tmp_path: Path) -> None:
    config = configured(tmp_path)
    empty = screen(config, "status").output
    assert empty.startswith("current: -\ncandidate: -\nprevious: -\n")
    assert "last review: none yet" in empty
    screen(config, "promote", "--candidate", written(tmp_path, good()))
    closed = screen(config, "promote", "--candidate", written(tmp_path, trained().model))
    assert "settles nothing until candor calibrate --into" in closed.output
    told = screen(config, "status").output
    assert f"current: {trained().model.digest[:12]}, settles nothing: no band" in told
    assert f"previous: {good().digest[:12]}, hands on with reasoning 0.5 to 1" in told
    back = screen(config, "rollback").output
    assert back.startswith(f"current: {good().digest[:12]}")
    assert screen(config, "rollback").exception is not None


def test_the_policys_band_is_not_used_for_a_file_that_it_was_not_fitted_on(tmp_path: Path) -> None:
    config = configured(tmp_path, thresholds="policy")
    done = screen(config, "promote", "--candidate", written(tmp_path, good()))
    assert "was not fitted on this file, which settles nothing" in done.output
    assert "set thresholds: classifier" in screen(config, "review").output


def test_a_candidate_that_is_borne_out_is_promoted(tmp_path: Path) -> None:
    config = configured(tmp_path)
    screen(config, "promote", "--candidate", written(tmp_path, shut()))
    screen(config, "watch", "--candidate", written(tmp_path, good()))
    before = screen(config, "review", "--promote-if-safe").output
    assert "not promoted: 0 verdicts, 100 are needed" in before
    recorded(tmp_path, [record(n, deceptive=n % 2 == 0) for n in range(200)])
    only_said = screen(config, "review").output
    assert "would be: the candidate is in charge; nothing changes" in only_said
    done = screen(config, "review", "--promote-if-safe")
    assert "\nthe candidate is in charge" in done.output, done.output
    told = screen(config, "status").output
    assert told.startswith(f"current: {good().digest[:12]}")
    assert "the candidate is in charge" in told.partition("last review")[2]


def test_a_policy_that_does_not_say_so_promotes_nobody(tmp_path: Path) -> None:
    config = configured(tmp_path, mode="manual")
    screen(config, "watch", "--candidate", written(tmp_path, good()))
    recorded(tmp_path, [record(n, deceptive=n % 2 == 0) for n in range(200)])
    done = screen(config, "review", "--promote-if-safe")
    assert "nothing changes, promotion.mode is manual" in done.output
    assert screen(config, "status").output.startswith("current: -")


def test_audits_that_show_a_broken_promise_roll_back(tmp_path: Path) -> None:
    config = configured(tmp_path)
    for number, model in enumerate((shut(), blind())):
        screen(config, "promote", "--candidate", written(tmp_path, model, f"{number}.screen"))
    cleared = [record(n, deceptive=n % 2 == 0, by="screen", audit=0.5) for n in range(40)]
    recorded(tmp_path, cleared)
    done = screen(config, "review", "--promote-if-safe")
    assert "the promise of the one in charge is broken" in done.output, done.output
    told = screen(config, "status").output
    assert told.startswith(f"current: {shut().digest[:12]}")
    assert "candidate: -" in told
