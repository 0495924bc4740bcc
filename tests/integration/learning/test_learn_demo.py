from pathlib import Path

from typer.testing import CliRunner

from candor.cli.main import app


def test_the_demo_tells_how_the_screen_learns_and_what_a_change_of_traffic_does(
    tmp_path: Path,
) -> None:
    told = tmp_path / "told.md"
    # A weak promise, so that few labels open the screen.
    promise = ["--max-miss-rate", "0.2", "--confidence", "0.8"]
    few = ["--requests", "240", "--every", "120", "--changed", "60", "--met", "60"]
    ran = CliRunner().invoke(app, ["learn-demo", *promise, *few, "--output", str(told)])
    assert ran.exit_code == 0, ran.output
    said = told.read_text()
    assert "promoted: 120 labels" in said
    assert "synthetic_repair: it met a screen that had learned from other traffic" in said
    assert "#### From synthetic_booking to another source" in said
