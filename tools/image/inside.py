"""What a container would see, without an engine: a folder as read-only root, a numeric user.

Called by check.py in fresh network, mount and UTS namespaces: there is no way out of here, and
the mounts go with the process.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TMP = "size=64m,mode=1777,nosuid,nodev,noexec"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Image:
    """What its configuration says; `root` is where its files are mounted."""

    root: Path
    user: str
    command: Sequence[str]
    health: Sequence[str]
    environment: Mapping[str, str]

    def prepare(self) -> None:
        """The root is bound over itself read-only; /tmp is all that can be written."""
        root = str(self.root)
        _do("ip", "link", "set", "lo", "up")
        _do("mount", "--make-rprivate", "/")
        _do("mount", "--bind", root, root)
        _do("mount", "-t", "tmpfs", "-o", _TMP, "tmpfs", f"{root}/tmp")
        _do("mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", f"{root}/dev")
        for device in ("null", "zero", "random", "urandom"):
            (self.root / "dev" / device).touch()
            _do("mount", "--bind", f"/dev/{device}", f"{root}/dev/{device}")
        _do("mount", "-t", "proc", "proc", f"{root}/proc")
        _do("mount", "-o", "remount,bind,ro", root)

    def start(self, output: Path) -> "subprocess.Popen[bytes]":
        """As process 1 of its own, like in a container. What it says goes to `output`."""
        with output.open("wb") as file:
            return subprocess.Popen(
                [_tool("unshare"), "--pid", "--ipc", "--kill-child", *self._entered(self.command)],
                env=dict(self.environment),
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def ask_health(self) -> int:
        """Exit code of the image's HEALTHCHECK."""
        return subprocess.run(
            self._entered(self.health), env=dict(self.environment), check=False, timeout=30
        ).returncode

    def _entered(self, command: Sequence[str]) -> list[str]:
        user, _, group = self.user.partition(":")
        # No capability survives the change of the user, and no program can win any back.
        kept = "--bounding-set=-all,+sys_chroot,+setuid,+setgid"
        bounds = [_tool("setpriv"), "--no-new-privs", kept]
        who = [f"--userspec={user}:{group or user}", "--groups="]
        enter = [_tool("chroot"), *who, str(self.root)]
        return [*bounds, *enter, self._found(command[0]), *command[1:]]

    def _found(self, program: str) -> str:
        if "/" in program:
            return program
        for folder in self.environment["PATH"].split(":"):
            if os.path.lexists(f"{self.root}{folder}/{program}"):
                return f"{folder}/{program}"
        raise SystemExit(f"{program} is not on the image's PATH")


def _tool(name: str) -> str:
    """Of this host: the environment that is handed over has the image's PATH."""
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed here")
    return found


def _do(*command: str) -> None:
    subprocess.run(command, check=True)


def child_of(process: "subprocess.Popen[bytes]") -> int:
    """The container's process 1, seen from here."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        children = path.read_text(encoding="ascii").split()
        if children:
            return int(children[0])
        time.sleep(0.005)
    raise SystemExit("the container's process did not start")


def identity_of(pid: int) -> Mapping[str, str]:
    """The lines of /proc/<pid>/status, by name."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def cpu_seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
