"""Schemathesis for some seconds: `make fuzz` gives it minutes."""

from pathlib import Path

from tests.fuzz import service


def test_no_request_that_the_file_allows_or_forbids_gets_an_answer_it_does_not_name(
    tmp_path: Path,
) -> None:
    attack = service.attacked(tmp_path, seconds=20, seed=20_261_121)
    assert not attack.failed, attack.told
    assert attack.cases > 20
    assert "Traceback" not in attack.log
