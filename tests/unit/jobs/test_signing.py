import re
from pathlib import Path
from typing import Any

from candor.domain.jobs.signing import signature, verify

OLD, NEW, OTHER = b"the old secret, long", b"the new secret, long", b"nobody's secret, long"
BODY = b'{"event":"job.done"}'
NOW = 1_767_225_600


def test_what_was_signed_is_verified() -> None:
    assert verify(signature([OLD], NOW, BODY), BODY, [OLD], NOW)


def test_another_body_or_secret_is_not() -> None:
    header = signature([OLD], NOW, BODY)
    assert not verify(header, BODY + b" ", [OLD], NOW)
    assert not verify(header, BODY, [OTHER], NOW)
    assert not verify(header.replace(f"t={NOW}", f"t={NOW + 1}"), BODY, [OLD], NOW)


def test_while_secrets_are_changed_receivers_with_either_verify() -> None:
    header = signature([OLD, NEW], NOW, BODY)
    assert verify(header, BODY, [OLD], NOW)
    assert verify(header, BODY, [NEW], NOW)


def test_what_is_too_old_is_a_replay() -> None:
    header = signature([OLD], NOW, BODY)
    assert verify(header, BODY, [OLD], NOW + 299)
    assert not verify(header, BODY, [OLD], NOW + 301)
    assert not verify(header, BODY, [OLD], NOW - 301)


def test_headers_of_another_form_are_not_verified() -> None:
    for header in ("", "t=", "v1=00", f"t={NOW}", "t=²,v1=é", "t=x,v1=y", f"t={NOW},v1=é"):
        assert not verify(header, BODY, [OLD], NOW)


def test_the_receiver_in_the_docs_agrees() -> None:
    page = (Path(__file__).parents[3] / "docs" / "jobs.md").read_text(encoding="utf-8")
    found = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    told: dict[str, Any] = {}
    exec(found[1].replace("time.time()", str(NOW)), told)
    header = signature([OLD, NEW], NOW, BODY)
    assert told["verify"](header, BODY, [NEW])
    assert not told["verify"](header, BODY, [OTHER])
    assert not told["verify"](signature([OLD], NOW - 301, BODY), BODY, [OLD])
