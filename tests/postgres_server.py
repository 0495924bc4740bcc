"""A PostgreSQL of our own for the tests: started on a free port, gone with them."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=30",
    "autovacuum=off",
)
_START_SECONDS = 30.0


def find_postgres() -> Path | None:
    """The folder of its binaries; Debian keeps them off the PATH."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass
class PostgresServer:
    """`start` again after `stop` or `kill` for one that comes back at the same address."""

    binaries: Path
    directory: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def start(self) -> None:
        if not self.data.exists():
            self._initialise()
        options = ["-D", str(self.data), "-p", str(self.port), "-k", "", "-h", "127.0.0.1"]
        options += [word for setting in _SETTINGS for word in ("-c", setting)]
        command = _as_somebody_plain([str(self.binaries / "postgres"), *options])
        give_up = time.monotonic() + _START_SECONDS
        self._process = self._spawned(command)
        while not self._answers():
            assert time.monotonic() < give_up, "PostgreSQL did not start"
            time.sleep(0.05)
            if self._process.poll() is not None:
                # It gives up at once where somebody else's connection has our port for a moment,
                # or where what is left of the one before has not yet gone.
                self._process = self._spawned(command)

    def _spawned(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=self.data, stdout=quiet, stderr=quiet)

    def database(self) -> str:
        """The url of a new one, without any table."""
        name = f"candor_{secrets.token_hex(6)}"
        # Nobody can be connected to this template, which would stop the copy.
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql://candor@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, database: str = "postgres") -> None:
        command = [str(self.binaries / "psql"), *self._where(), "-d", database, "-qc", statement]
        subprocess.run(command, check=True)

    def stop(self) -> None:
        """At once, but in order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        self._end(signal.SIGQUIT)

    def _initialise(self) -> None:
        """It refuses to work for root, and in a folder that it does not own."""
        self.data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
            for folder in self.data.parents:
                if not folder.stat().st_mode & 0o001:
                    folder.chmod(folder.stat().st_mode | 0o011)
        options = ["-D", str(self.data), "-U", "candor", "-A", "trust", "-N", "--no-locale"]
        command = [str(self.binaries / "initdb"), *options, "-E", "UTF8"]
        quiet = subprocess.DEVNULL
        subprocess.run(_as_somebody_plain(command), check=True, cwd=self.data, stdout=quiet)

    def _where(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "candor"]

    def _answers(self) -> bool:
        command = [str(self.binaries / "pg_isready"), "-q", *self._where(), "-d", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(sign)
            process.wait()


def _as_somebody_plain(command: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    user = pwd.getpwnam("postgres")
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *who, *command]
