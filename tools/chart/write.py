"""Write what the chart is made of from elsewhere: `python -m tools.chart.write [--check]`."""

import sys
from pathlib import Path

from tools.chart import copies, readme, schema
from tools.chart.values import LibraryValues, Values

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "candor"
LIBRARY = ROOT / "helm" / "candor-sidecar"


def everything() -> dict[Path, str]:
    """What should stand in each file."""
    return {
        CHART / "values.schema.json": schema.written(Values),
        CHART / "README.md": readme.written(CHART),
        LIBRARY / "values.schema.json": schema.written(LibraryValues),
        LIBRARY / "README.md": readme.written(LIBRARY),
        **copies.of(ROOT / "deploy", CHART / "files"),
        **copies.of_library(LIBRARY, CHART),
    }


def stale() -> list[Path]:
    """Files that say something else, are missing, or should not be there."""
    wanted = everything()
    wrong = [file for file, text in wanted.items() if not _says(file, text)]
    return wrong + sorted(set(copies.present(CHART / "files")) - set(wanted))


def main(check: bool) -> int:
    wanted, wrong = everything(), stale()
    for file in wrong:
        print(f"{'stale' if check else 'written'}: {file.relative_to(ROOT)}")
        if not check:
            _settle(file, wanted.get(file))
    return int(check and bool(wrong))


def _says(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


def _settle(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
