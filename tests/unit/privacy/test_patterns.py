"""What is found in a text, what is left alone, and how long hostile text takes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.privacy.kinds import RedactionKind
from candor.domain.privacy.redaction import Redactor

ALL = Redactor(tuple(RedactionKind))
# Made up for the makes' shapes; put together here so that no scanner takes them for real.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
OPENAI = "sk-" + "proj-abcdEFGH1234abcdEFGH"
GITHUB = "ghp_" + "a1B2" * 9
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0." + "s5-f_7Q"

FOUND = [
    ("write to jo.doe+x@mail.example.co.uk.", "write to [email]."),
    ("<jörg@bücher.example>", "<[email]>"),
    ("a@b.de,c@d.fr", "[email],[email]"),
    ("card 4111 1111 1111 1111 12/27", "card [payment card] 12/27"),
    ("4111-1111-1111-1111 and 378282246310005", "[payment card] and [payment card]"),
    ("5555555555554444.", "[payment card]."),
    ("IBAN DE89 3704 0044 0532 0130 00 is mine", "IBAN [iban] is mine"),
    ("gb82west12345698765432", "[iban]"),
    ("NO93-8601-1117-947", "[iban]"),
    ("from 192.168.17.4:8080", "from [ip address]:8080"),
    ("host 2001:db8::8a2e:370:7334 answers", "host [ip address] answers"),
    ("::ffff:10.0.0.1", "[ip address]"),
    ("call +49 (0)30 1234-5678 now", "call [phone number] now"),
    ("0044 20 7946 0958", "[phone number]"),
    ("(212) 555-0123 or 212-555-0123", "[phone number] or [phone number]"),
    ("07700 900123, 01 23 45 67 89", "[phone number], [phone number]"),
    (f"key {AWS}", "key [secret]"),
    (f"{OPENAI}; {GITHUB}", "[secret]; [secret]"),
    (f"Authorization: Bearer {JWT}", "Authorization: Bearer [secret]"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [secret]"),
    ("password: hunter2", "password: [secret]"),
    ("the password is hunter2.", "the password is [secret]"),
    ("'api_key': 'plainletters'", "'api_key': '[secret]'"),
    ("postgres://app:s3cret@db/x", "postgres://app:[secret]@db/x"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----!", "[secret]!"),
    ("-----BEGIN PRIVATE KEY-----\ncut off", "[secret]"),
]
LEFT_ALONE = [
    "images[0] reads “48.20” (total); the response says “$12.40”.",
    "on 01/02/2024 at 10:30:15, and 2024-05-17T08:00:00Z",
    "invoice 1234567890123456 of 12.03.2023",
    "a total of 1,234,567.89 and 0.0123456789",
    "4111 1111 1111 1112",
    "DE88 3704 0044 0532 0130 00",
    "version 1.2.3, section 1.2.3.4.5 and 999.1.1.1",
    "a::b, x @ y, foo@bar, std::vector",
    "the secret: nobody saw it; basic characteristics; bearer responsibilities",
    "the password is hidden",
    "box at x=0.2, y=0.8, 1024x768",
]


@pytest.mark.parametrize(("text", "without"), FOUND)
def test_what_is_found_is_replaced_and_nothing_else(text: str, without: str) -> None:
    assert ALL.text(text) == without


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_proves_nothing_is_left_alone(text: str) -> None:
    assert ALL.text(text) == text


@pytest.mark.parametrize("kind", RedactionKind)
def test_one_kind_takes_out_its_own_alone(kind: RedactionKind) -> None:
    text = f"a@b.de 4111111111111111 GB82WEST12345698765432 10.0.0.1 +4930123456 {AWS}"
    without = Redactor((kind,)).text(text)
    assert without.count("[") == 1
    assert kind.placeholder in without


words = st.sampled_from(["a", "x1", "9", "48.20", " ", "\n", "-", "the total", "ü", "(", ":", "="])


@given(st.lists(words).map(" ".join), st.lists(words).map(" ".join))
def test_it_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    for needle in ("jo@mail.example", AWS, "GB82WEST12345698765432", "4111111111111111"):
        assert needle not in ALL.text(f"{before} | {needle} | {after}")


@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_text_is_read_and_once_is_enough(text: str) -> None:
    once = ALL.text(text)
    assert ALL.text(once) == once


digits = st.text("0123456789", min_size=11, max_size=15)


@given(digits)
def test_a_digit_that_is_wrong_makes_it_no_card(some: str) -> None:
    # Eight issuers of ten lengths cannot all be missed: Visa's are complete.
    body = "4" + (some * 2)[:14]
    good = [
        d
        for d in "0123456789"
        if Redactor((RedactionKind.PAYMENT_CARDS,)).text(body + d)[:1] == "["
    ]
    assert len(good) == 1


HOSTILE = {
    "letters": "a",
    "digits": "9",
    "digits apart": "9 ",
    "fours": "4111 ",
    "dots": ".",
    "local parts": "a.",
    "at signs": "@",
    "addresses cut": "a@b.",
    "almost addresses": "a@b.c",
    "domains without end": "x.1",
    "colons": ":",
    "hex": "f:",
    "quads": "1.",
    "plus": "+1",
    "zeros": "0",
    "zero groups": "01 ",
    "brackets": "(0",
    "keys": "-----BEGIN PRIVATE KEY-----",
    "half keys": "-----BEGIN ",
    "tokens": "eyJ",
    "tokens with dots": "eyJaaaaaaaa.",
    "sk": "sk-",
    "urls": "://a:",
    "names": "password ",
    "names with signs": 'password="',
    "bearers": "bearer ",
    "ibans": "DE89",
    "ibans apart": "DE89 ",
    "countries": "DE89-3704-0044-",
    "blanks": " ",
    "newlines": "\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        ALL.text(text)
        return time.process_time() - started

    small, large = 4_000, 32_000
    # Quadratic would be 64 times; the best of three, because others work here too.
    bound = 24 * max(min(seconds(small) for _ in range(3)), 0.002)
    assert any(seconds(large) < bound for _ in range(3))
