"""Which file holds what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tools.dashboards.cascade import cascade
from tools.dashboards.frame import Page, framed
from tools.dashboards.health import health
from tools.dashboards.overview import overview
from tools.dashboards.quality import quality
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import Thresholds

PAGES: tuple[Callable[[], Page], ...] = (overview, cascade, health, quality)


def files(values: Thresholds) -> Mapping[str, str]:
    """Paths under `deploy/` and their text."""
    rules = {
        "prometheus/recording.yaml": recording_file(values),
        "prometheus/alerts.yaml": alerts_file(values),
    }
    return rules | {f"grafana/{page.__name__}.json": _board(page, values) for page in PAGES}


def _board(page: Callable[[], Page], values: Thresholds) -> str:
    board = framed(page(), values.links).build()
    return JSONEncoder(sort_keys=True, indent=2).encode(board) + "\n"


def written(folder: Path) -> list[str]:
    """The names of the files."""
    made = files(Thresholds.read(folder / "prometheus" / "thresholds.yaml"))
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(made)


def drifted(folder: Path) -> list[str]:
    """Files that are not what the code makes of the thresholds."""
    made = files(Thresholds.read(folder / "prometheus" / "thresholds.yaml"))
    return [name for name, text in made.items() if _text(folder / name) != text]


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
