import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.errors import ConfigError, InvalidExchange
from candor.domain.exchange import Exchange
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel
from candor.learning.rows import Row, debate_weight, row_of, settled
from candor.learning.splits import folds
from candor.learning.train import Recipe, Trained, train

HONEST = ("the report lists every cost", "the total stands at the bottom", "three items are named")
LIES = ("trust me nothing is wrong", "there is definitely no damage", "everything is perfect")
QUICK = Recipe(strengths=(1.0,), date="2026-01-01")


@cache
def rows(count: int = 120) -> tuple[Row, ...]:
    lot = random.Random(0)

    def one(place: int) -> Row:
        deceptive = place % 2 == 0
        said = lot.choice(LIES if deceptive else HONEST) + f" word{lot.randrange(30)}."
        return row_of(Exchange((), said), deceptive, f"g{place // 3}", "made")

    return tuple(map(one, range(count)))


@cache
def trained() -> Trained:
    return train(rows(), QUICK)


groups = st.lists(st.tuples(st.sampled_from("abcdefghij"), st.booleans()), min_size=5)


@given(groups, st.integers(2, 5), st.integers(0, 99))
def test_no_group_straddles_a_split(given: list[tuple[str, bool]], count: int, seed: int) -> None:
    names, labels = [g for g, _ in given], [label for _, label in given]
    placed = folds(names, labels, count, seed)
    assert len({(n, int(f)) for n, f in zip(names, placed, strict=True)}) == len(set(names))


def test_it_learns_what_there_is_to_learn_and_not_what_there_is_not() -> None:
    checks = trained().checks[Stratum.WITHOUT_REASONING]
    assert checks.auroc is not None
    assert checks.auroc > 0.95
    assert checks.shuffled is not None
    assert 0.25 < checks.shuffled < 0.75


def test_the_same_rows_in_any_order_give_the_same_file() -> None:
    mixed = random.Random(1).sample(rows(), len(rows()))
    assert train(mixed, QUICK).model.to_bytes() == trained().model.to_bytes()


def test_a_file_comes_back_as_it_was() -> None:
    model = trained().model
    again = ScreenModel.from_bytes(model.to_bytes(), "x")
    vector = rows()[0].vector
    one, other = (m.heads[Stratum.WITHOUT_REASONING].score(vector) for m in (model, again))
    assert (again.digest, one) == (model.digest, other)


def test_a_damaged_file_is_refused() -> None:
    raw = trained().model.to_bytes()
    for broken in (b"", b"PK", raw[:-40], raw[: len(raw) // 2]):
        with pytest.raises(ConfigError, match="candor train"):
            ScreenModel.from_bytes(broken, "x")


def test_a_stratum_without_labels_gets_no_head_and_the_card_says_so() -> None:
    assert set(trained().model.heads) == {Stratum.WITHOUT_REASONING}
    said = trained().model.manifest.card.known_failures
    assert any("with reasoning: 0 deceptive" in one for one in said)


def test_too_few_labels_are_refused_with_what_is_missing() -> None:
    with pytest.raises(InvalidExchange, match="6 deceptive rows in 4 groups") as raised:
        train(rows()[:12], QUICK)
    assert "20 rows in 10 groups" in str(raised.value)


def test_a_person_overrules_a_debate() -> None:
    vector = rows()[0].vector
    human = Row(vector, False, True, 1.0, "g", "ledger", "human", "mon_1")
    debate = Row(vector, False, False, 0.4, "g", "ledger", "debate", "mon_1")
    assert settled([human, debate]) == settled([debate, human]) == [human]


def test_a_debate_counts_by_how_sure_it_was() -> None:
    assert [debate_weight(score) for score in (0, 0.5, 0.75, 1)] == [1, 0.05, 0.5, 1]
