"""Values are read as people write them, and two of them are the same only if they say so."""

import datetime as dt
import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candor.domain.grounding.values import MAX_VALUES, Kind, Value, find_values, same


def only(text: str) -> Value:
    found = find_values(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("written", "canonical", "unit"),
    [
        ("$12.40", "12.4", "USD"),
        ("US$12", "12", "USD"),
        ("12,40 €", "12.4", "EUR"),
        ("EUR 1.299,00", "1299", "EUR"),
        ("1 299,00 €", "1299", "EUR"),
        ("USD 1,299", "1299", "USD"),
        ("£3.5k", "3500", "GBP"),
        ("¥5000", "5000", "JPY"),
        ("12 dollars", "12", "USD"),
        ("twelve euros", "12", "EUR"),
        ("3.5 million dollars", "3500000", "USD"),
        ("Rs. 450", "450", "INR"),
        ("CHF 1'299.50", "1299.5", "CHF"),
    ],
)
def test_an_amount_is_read_whatever_its_currency_and_separators(
    written: str, canonical: str, unit: str
) -> None:
    value = only(f"It was {written} in all.")
    assert (value.kind, value.canonical, value.unit) == (Kind.AMOUNT, canonical, unit)


@pytest.mark.parametrize(
    ("written", "kind", "canonical", "unit"),
    [
        ("500 mg", Kind.NUMBER, "500", "mg"),
        ("20 °C", Kind.NUMBER, "20", "°C"),
        ("-5 °C", Kind.NUMBER, "-5", "°C"),
        ("3 hours", Kind.NUMBER, "3", "h"),
        ("5 pieces", Kind.NUMBER, "5", "piece"),
        ("45%", Kind.PERCENT, "45", "%"),
        ("twelve percent", Kind.PERCENT, "12", "%"),
        ("two hundred and fifty", Kind.NUMBER, "250", ""),
        ("a hundred", Kind.NUMBER, "100", ""),
        ("1,299.00", Kind.NUMBER, "1299", ""),
        ("12 000", Kind.NUMBER, "12000", ""),
        ("12 May 2026", Kind.DATE, "2026-05-12", ""),
        ("May 12th, 2026", Kind.DATE, "2026-05-12", ""),
        ("May 12th", Kind.DATE, "--05-12", ""),
        ("May 2026", Kind.DATE, "2026-05", ""),
        ("2026-05-12", Kind.DATE, "2026-05-12", ""),
        ("12.5.26", Kind.DATE, "2026-05-12", ""),
        ("12. Mai 2026", Kind.DATE, "2026-05-12", ""),
        ("14:05", Kind.TIME, "14:05", "24h"),
        ("2:05 pm", Kind.TIME, "14:05", "pm"),
        ("12 am", Kind.TIME, "00:00", "am"),
        ("14h05", Kind.TIME, "14:05", "24h"),
        ("BA117", Kind.IDENTIFIER, "BA117", ""),
        ("BA 117", Kind.IDENTIFIER, "BA117", ""),
        ("INV-2031", Kind.IDENTIFIER, "INV2031", ""),
        ("B12", Kind.IDENTIFIER, "B12", ""),
        ("7KX92Q", Kind.IDENTIFIER, "7KX92Q", ""),
    ],
)
def test_a_value_is_read_with_its_kind_and_unit(
    written: str, kind: Kind, canonical: str, unit: str
) -> None:
    value = only(f"It says {written}, I see.")
    assert (value.kind, value.canonical, value.unit) == (kind, canonical, unit)


@pytest.mark.parametrize(
    "text",
    [
        "1. Burger\n2) Fries",
        "Step 3: mix.",
        "see Figure 2",
        "version 3.11.2",
        "v2.1",
        "the 2nd time",
        "one of them",
        "a cat",
        "you may go",
        "mp3",
        "192.168.1.10",
        "1234567890123456789012345",
    ],
)
def test_markers_ordinals_versions_and_words_are_no_values(text: str) -> None:
    assert find_values(text) == ()


def test_a_date_beside_an_everyday_word_is_a_number() -> None:
    assert only("You may 12 times over").kind is Kind.NUMBER


@pytest.mark.parametrize(
    ("claimed", "seen"),
    [
        ("1299", "1,299.00"),
        ("$1,299", "1299"),
        ("$1.3k", "1,299.00"),
        ("about $1,300", "$1,299.00"),
        ("roughly 50 kg", "52 kg"),
        ("12/05/2026", "5 December 2026"),
        ("12/05/2026", "12 May 2026"),
        ("12 May", "2026-05-12"),
        ("May 2026", "12 May 2026"),
        ("2026", "12 May 2026"),
        ("2:05 pm", "14:05"),
        ("2:05", "14:05"),
        ("10:30", "10:30 pm"),
        ("around 2 pm", "14:05"),
        ("0.5 g", "500 mg"),
        ("90 minutes", "1.5 hours"),
        ("BA 117", "BA117"),
        ("twelve", "12"),
        ("1.299", "1,299"),
        ("50%", "50"),
        ("1,299", "1.3k"),
    ],
)
def test_a_claim_is_borne_out(claimed: str, seen: str) -> None:
    assert _same(claimed, seen)


@pytest.mark.parametrize(
    ("claimed", "seen"),
    [
        ("$12.40", "$48.20"),
        ("1300", "1,299.00"),
        ("$12", "$12.40"),
        ("$12", "€12"),
        ("about $1,300", "$1,900"),
        ("12 May 2026", "13 May 2026"),
        ("12 May 2026", "12 May 2025"),
        ("12 May 2026", "May 2026"),
        ("14:05", "14:50"),
        ("2:05 am", "2:05 pm"),
        ("10:30", "22:30"),
        ("500 mg", "500 g"),
        ("5 kg", "5 km"),
        ("BA117", "BA118"),
        ("50%", "$50"),
        ("14:05", "14"),
        ("B12", "12"),
        ("-5", "5"),
    ],
)
def test_a_claim_is_not_borne_out(claimed: str, seen: str) -> None:
    assert not _same(claimed, seen)


def _same(claimed: str, seen: str) -> bool:
    return same(only(f"It is {claimed} then"), only(f"It is {seen} then"))


@given(st.text())
@example("12/")
@example("May 99")
@example("$")
@example("25:61 pm")
@example("1,2,3.4.5")
def test_any_text_can_be_read(text: str) -> None:
    found = find_values(text)
    assert all(text[v.start : v.end] == v.text for v in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    assert all(same(v, v) for v in found)


@given(st.decimals(0, 999_999, places=2), st.sampled_from(["${}", "USD {}", "{} dollars", "{}$"]))
def test_an_amount_survives_every_way_of_writing_it(amount: object, form: str) -> None:
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    continental = grouped.translate(str.maketrans(",.", ".,"))
    seen = [only(f"paid {form.format(written)} now") for written in (plain, grouped, continental)]
    assert all(same(one, other) for one in seen for other in seen)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)))
def test_a_date_survives_every_way_of_writing_it(date: dt.date) -> None:
    forms = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d.%m.%y", "%d %B %Y", "%B %d, %Y", "%b %d %Y")
    seen = [only(f"on {date.strftime(form)} we met") for form in forms]
    assert all(same(one, other) for one in seen for other in seen)


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_a_time_survives_every_way_of_writing_it(moment: dt.time) -> None:
    seen = [only(f"at {moment.strftime(form)} sharp") for form in ("%H:%M", "%I:%M %p", "%Hh%M")]
    assert all(same(one, other) for one in seen for other in seen)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,",
        "1.",
        "1 ",
        "$",
        "$1",
        "-",
        "a ",
        "May ",
        "12 May ",
        "A1-",
        "two hundred ",
        "1:",
        "é",
    ],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    started = time.process_time()
    assert len(find_values(text)) <= MAX_VALUES
    # About 0.1 s at most where this was written; quadratic time would be many minutes.
    assert time.process_time() - started < 2


def test_only_so_many_values_are_found() -> None:
    assert len(find_values("7 " * 100, most=10)) == 10
