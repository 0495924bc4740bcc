import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from candor.reloading.watching import Watched, watch

LOOK = 0.01


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[list[str]]:
    seen: list[str] = []

    async def changed() -> None:
        seen.append(await asyncio.to_thread(path.read_text))

    task = asyncio.create_task(watch(path, LOOK, changed))
    await asyncio.sleep(3 * LOOK)
    yield seen
    task.cancel()


async def until(seen: list[str], expected: list[str]) -> None:
    async with asyncio.timeout(3):
        while seen != expected:  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(LOOK)
    await asyncio.sleep(5 * LOOK)
    assert seen == expected


async def test_a_change_is_seen_once(tmp_path: Path) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text("one")
    async with watching(file) as seen:
        file.write_text("two")
        await until(seen, ["two"])


async def test_a_file_that_is_touched_or_gone_has_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text("one")
    async with watching(file) as seen:
        os.utime(file, ns=(1, 1))
        await asyncio.sleep(5 * LOOK)
        file.unlink()
        await asyncio.sleep(5 * LOOK)
        assert seen == []
        file.write_text("two")
        await until(seen, ["two"])


async def test_a_config_map_is_seen_though_the_file_itself_never_changes(tmp_path: Path) -> None:
    for name, text in (("..1", "one"), ("..2", "two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "candor.yaml").write_text(text)
    (tmp_path / "..data").symlink_to("..1")
    file = tmp_path / "candor.yaml"
    file.symlink_to("..data/candor.yaml")
    async with watching(file) as seen:
        # As the kubelet does it: a new link in the place of the old one, in one step.
        (tmp_path / "..data_tmp").symlink_to("..2")
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")
        await until(seen, ["two"])


def test_a_file_is_read_only_when_something_about_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text("one")
    watched = Watched(file)
    first, stamp = watched.look(), file.stat()
    with file.open("r+") as same:
        same.write("two")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert watched.look() == first
    file.write_text("three")
    assert watched.look() not in (first, None)
