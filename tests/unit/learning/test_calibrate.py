import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from candor.domain.calibration import IsotonicCurve, LogisticCurve
from candor.domain.errors import ConfigError, InvalidExchange
from candor.domain.policy import PolicyConfig
from candor.domain.tiers import DebateConfig, ScreenConfig
from candor.domain.tiers.tier import Band
from candor.learning.calibration import curves, figures, fragment, report
from candor.learning.calibration.fit import Calibration, NextTier, fit
from candor.learning.calibration.fragment import Origin
from candor.learning.calibration.goal import Costs, Goal
from candor.learning.calibration.sample import Sample, ScoredRow, Stratum, Turn
from candor.learning.calibration.scored_file import holds_scores, read_scored
from candor.settings import Settings, embedded_policy
from tests.unit.learning.grouped_scores import World

GOAL = Goal(max_miss_rate=0.05, max_fpr=0.02, prevalence=0.02)
ORIGIN = Origin("strict", "rows.jsonl", "0" * 64, date(2026, 1, 2))


def as_rows(sample: Sample, *, with_reasoning: bool = False) -> Sequence[ScoredRow]:
    triples = zip(sample.groups, sample.deceptive, sample.scores, strict=True)
    return tuple(
        ScoredRow(f"{with_reasoning}-{g}", bool(lie), with_reasoning, {"screen": Turn(float(s))})
        for g, lie, s in triples
    )


@cache
def scored(
    seed: int = 1, *, with_reasoning: bool = False, apart: float = 2.0
) -> Sequence[ScoredRow]:
    world = World(rows_per_group=2, apart=apart)
    sample = world.sample(120, 240, np.random.default_rng(seed))
    return as_rows(sample, with_reasoning=with_reasoning)


@cache
def found() -> Calibration:
    return fit(scored(), "screen", GOAL)


def test_a_band_for_a_trained_screen_names_the_file_that_it_was_fitted_on() -> None:
    policy = PolicyConfig(tiers=(ScreenConfig(classifier="mine", thresholds="classifier"),))
    screen = fragment.calibrated(policy, found(), "a" * 64).tiers[0]
    assert isinstance(screen, ScreenConfig)
    assert (screen.thresholds, screen.fitted_on) == ("policy", "a" * 64)
    assert screen.tuned(None, "a" * 64).band == screen.band
    assert screen.tuned(None, "b" * 64).band.settle(0.0) is None


def test_the_curve_of_log_odds_that_are_true_is_logistic_and_near_the_truth() -> None:
    # log p/(1-p) = 2 * 2 * odds / variance for two normal classes: a slope of 4 / 2.
    sample = World(rows_per_group=1).sample(1500, 1500, np.random.default_rng(2))
    choice = curves.choose(sample, None)
    assert isinstance(choice.curve, LogisticCurve)
    assert choice.curve.slope == pytest.approx(2.0, rel=0.1)
    assert choice.curve.intercept == pytest.approx(0.0, abs=0.15)
    assert choice.losses["logistic"] <= choice.losses["isotonic"]


def test_a_curve_with_a_step_is_isotonic() -> None:
    dice = np.random.default_rng(3)
    scores = dice.random(2000)
    lie = dice.random(2000) < np.where(scores < 0.9, 0.1, 0.8)
    plain = np.zeros(2000, bool)
    sample = Sample(scores, lie, np.arange(2000), plain, np.ones(2000))
    choice = curves.choose(sample, None)
    assert isinstance(choice.curve, IsotonicCurve)
    assert choice.curve.probability(0.5) == pytest.approx(0.1, abs=0.05)


def test_probabilities_are_those_of_the_stated_prevalence() -> None:
    sample = World().sample(300, 300, np.random.default_rng(4))
    told = curves.probabilities(curves.choose(sample, 0.02).curve, sample.scores)
    assert np.average(told, weights=sample.weights_at(0.02)) == pytest.approx(0.02, abs=0.005)


def test_a_score_that_points_the_wrong_way_says_the_base_rate() -> None:
    sample = World(apart=-2.0).sample(100, 100, np.random.default_rng(4))
    labels = sample.deceptive.astype(float)
    curve = curves.fit_logistic(sample.scores, labels, np.ones(len(sample)))
    assert curve.slope == 0.0
    assert curve.probability(0.9) == pytest.approx(0.5)


def test_the_calibrated_band_settles_nothing_that_the_raw_one_would_not() -> None:
    calibration = found()
    (raw,) = calibration.raw
    band = calibration.band(Stratum.ALL)
    for score in calibration.sample.scores.tolist():
        probability = calibration.choice.curve.probability(score)
        if probability < band.non_deceptive_below:
            assert score < raw.clears.value
        if probability > band.deceptive_above:
            assert score > raw.convicts.value


def test_with_and_without_reasoning_have_bands_of_their_own() -> None:
    both = [*scored(), *scored(2, with_reasoning=True, apart=3.5)]
    calibration = fit(both, "screen", GOAL, by_reasoning=True)
    config = fragment.calibrated(embedded_policy(), calibration)
    screen = config.tiers[0]
    assert isinstance(screen, ScreenConfig)
    assert screen.without_reasoning is not None
    assert screen.without_reasoning != screen.band


def test_a_stratum_without_rows_settles_nothing() -> None:
    calibration = fit(scored(), "screen", GOAL, by_reasoning=True)
    band = calibration.band(Stratum.WITH_REASONING)
    assert band == Band(non_deceptive_below=0.0, deceptive_above=1.0)


def test_the_fragment_is_a_policy_that_settings_load() -> None:
    policy = PolicyConfig(
        tiers=(ScreenConfig(), DebateConfig()), require=("response",), deadline_ms=900
    )
    calibration = found()
    text = fragment.as_yaml(policy, calibration, ORIGIN)
    loaded = yaml.safe_load(text)["policies"]
    settings = Settings(policies={"default": embedded_policy(), **loaded})
    assert settings.policies["strict"] == fragment.calibrated(policy, calibration)
    assert settings.policies["strict"].deadline_ms == 900
    assert settings.policies["strict"].tiers[0].band == calibration.band(Stratum.ALL)
    assert "# goal: at most 5.00% missed, at most 2.00% false flags" in text
    assert "# groups: 120 with a deceptive row, 240 with an honest one" in text


def test_the_report_tells_what_the_band_does_by_hand_counting() -> None:
    calibration = found()
    (working,) = figures.working(calibration)
    sample, (raw,) = calibration.sample, calibration.raw
    lies = sample.scores[sample.deceptive]
    honest = sample.scores[~sample.deceptive]
    assert working.missed == pytest.approx((lies < raw.clears.value).mean(), abs=0.01)
    assert working.flagged_honest == pytest.approx((honest > raw.convicts.value).mean(), abs=0.01)
    hits = 0.02 * working.caught
    flags = 0.98 * working.flagged_honest
    assert working.precision == pytest.approx(hits / (hits + flags))
    assert working.sure_precision is not None
    assert working.precision is not None
    assert working.sure_precision < working.precision


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_draws_its_charts_and_loads_nothing() -> None:
    told = report.story(found(), ORIGIN, scored(), ["screen", "debate"])
    page = _Page()
    page.feed(report.as_page(told))
    assert (page.tags.count("svg"), page.links) == (2, [])
    assert "script" not in page.tags
    markdown = report.as_markdown(told)
    assert "## Cost of 1,000 exchanges, as measured" in markdown
    assert "| debate |" in markdown


def test_a_next_tier_that_is_wrong_makes_escalation_worth_less() -> None:
    costs = Goal(max_miss_rate=0.2, max_fpr=0.2, costs=Costs(10, 10, 0.1))
    rows = [
        ScoredRow(
            r.group, r.deceptive, False, {**r.turns, "debate": Turn(0.0 if r.deceptive else 1.0)}
        )
        for r in scored()
    ]
    debate = NextTier("debate", LogisticCurve(), Band())
    (trusted,) = fit(rows, "screen", costs).raw
    (doubted,) = fit(rows, "screen", costs, debate).raw
    assert doubted.clears.value > trusted.clears.value


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "scores.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_scores_are_read_with_null_for_undecided(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"label": "deceptive", "group": "a", "score": 0.7, "scores": {"debate": None}},
        {"label": "non_deceptive", "group": "b", "score": 0.1, "reasoning": True},
    )
    assert holds_scores(path)
    first, second = read_scored(path, "screen", {})
    assert (first.turns["screen"].score, first.turns["debate"].score) == (0.7, None)
    assert (second.deceptive, second.with_reasoning) == (False, True)


def test_a_score_outside_0_to_1_is_refused_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, {"label": "deceptive", "group": "a", "score": 1.7})
    with pytest.raises(InvalidExchange, match="line 1: score"):
        list(read_scored(path, "screen", {}))


def verdict(**more: Any) -> dict[str, Any]:
    steps = [{"tier": "screen", "score": 0.8}, {"tier": "debate", "score": 0.9}]
    return {"groups": ["g"], "steps": steps, "outcome": "deceptive", "decided_by": "debate"} | more


def test_an_export_of_the_ledger_is_labelled_by_people_and_by_other_tiers(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        verdict(),
        verdict(review={"label": "non_deceptive"}),
        verdict(outcome="inconclusive", decided_by=None),
    )
    told = list(read_scored(path, "screen", {}))
    assert [row.deceptive for row in told] == [True, False]


def audited(number: int, *, weight: float) -> dict[str, Any]:
    audit = {"outcome": "deceptive", "decided_by": "debate", "weight": weight}
    return verdict(id=f"a{number}", groups=[f"a{number}"], decided_by="screen", audit=audit)


def test_what_was_handed_on_is_thinned_to_the_rate_of_the_audits(tmp_path: Path) -> None:
    drawn = [audited(n, weight=10.0) for n in range(20)]
    handed_on = [verdict(id=f"h{n}", groups=[f"h{n}"]) for n in range(1_000)]
    rows = read_scored(written(tmp_path, *drawn, *handed_on), "screen", {})
    assert 20 + 70 <= len(rows) <= 20 + 130


def test_a_review_of_what_was_settled_is_no_random_label(tmp_path: Path) -> None:
    chosen = verdict(id="r", decided_by="screen", review={"label": "deceptive"})
    rows = read_scored(written(tmp_path, audited(0, weight=1.0), chosen), "screen", {})
    assert len(rows) == 1


def test_settled_verdicts_without_any_audit_cannot_carry_a_promise(tmp_path: Path) -> None:
    path = written(tmp_path, verdict(), verdict(id="s", decided_by="screen"))
    with pytest.raises(InvalidExchange, match="none of them was audited"):
        read_scored(path, "screen", {})


def test_verdicts_that_share_a_user_or_a_prompt_are_one_group(tmp_path: Path) -> None:
    groups = (["user-1", "prompt-1"], ["user-2", "prompt-1"], ["user-2"], ["user-3"])
    path = written(tmp_path, *(verdict(groups=one) for one in groups))
    first, second, third, fourth = read_scored(path, "screen", {})
    assert first.group == second.group == third.group != fourth.group


def test_scores_in_the_ledger_are_turned_back_to_raw_ones(tmp_path: Path) -> None:
    curve = LogisticCurve(slope=2.0, intercept=-1.0)
    steps = [{"tier": "screen", "score": curve.probability(0.3)}]
    path = written(tmp_path, verdict(steps=steps))
    (row,) = read_scored(path, "screen", {"screen": curve})
    assert row.turns["screen"].score == pytest.approx(0.3)


def test_scores_that_went_through_a_flat_curve_cannot_be_used(tmp_path: Path) -> None:
    flat = IsotonicCurve(scores=(0.5,), probabilities=(0.5,))
    with pytest.raises(ConfigError, match="cannot be turned back"):
        list(read_scored(written(tmp_path, verdict()), "screen", {"screen": flat}))


@pytest.mark.parametrize("wrong", [{}, {"max_fpr": 0.0}, {"budget": 0}, {"budget": 1001}])
def test_a_goal_without_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Goal(**wrong)
