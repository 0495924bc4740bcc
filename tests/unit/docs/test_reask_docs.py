"""The page on the re-ask says what the code does."""

import re
from pathlib import Path

import yaml

from candor.domain.debate.prompts.reask import generic_questions
from candor.domain.reask import MOST_QUESTIONS, account, forms, leaks, weighing
from candor.domain.tiers import ReaskConfig
from candor.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "reask.md").read_text(encoding="utf-8")


def test_the_example_is_a_configuration_that_starts() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    settings = Settings(**yaml.safe_load(example))
    tier = settings.policies["default"].tiers[1]
    assert isinstance(tier, ReaskConfig)
    assert tier.models() == ("eyes", "reader")


def test_every_setting_has_a_row() -> None:
    for name in ReaskConfig.model_fields:
        assert name == "kind" or f"| `{name}` |" in PAGE


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    config = ReaskConfig(model="m")
    band = config.band
    assert f"| {band.non_deceptive_below}, {band.deceptive_above} |" in PAGE
    assert f"| {config.questions} | Most questions asked, 1 to {MOST_QUESTIONS}." in PAGE
    assert f"{weighing.UNDECIDED} + {weighing.KNOWN_BETTER} ×" in PAGE
    assert f"{weighing.UNDECIDED} − {weighing.BORNE_OUT} ×" in PAGE
    assert f"less sure than {weighing.LEAST_CONFIDENCE}," in PAGE
    assert f"at most {account.MAX_QUOTE_CHARS} characters" in PAGE
    assert f"longer than {forms.MAX_QUESTION_CHARS} characters" in PAGE
    assert account.GENERIC in PAGE
    assert (len(generic_questions()), leaks.RUN) == (4, 8)
