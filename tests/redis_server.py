"""A Redis of our own for a test: started on a free port, gone with the test."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from candor.adapters.redis import RedisConfig
from tests.papers import Papers, issue
from tests.ports import free_port


def find_redis_server() -> str | None:
    return shutil.which("redis-server")


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Raises: TimeoutError when it does not come true in time."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 -- another process tells us nothing
            await asyncio.sleep(0.01)


@dataclass
class RedisServer:
    """`start` again after `stop` or `kill` for a Redis that comes back at the same address."""

    binary: str
    directory: Path
    password: str = ""
    more: Sequence[str] = ()
    """Options of `redis-server` beyond those that all tests need."""
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            self.binary, *self._options(), stdout=asyncio.subprocess.DEVNULL
        )
        await until(self._answers)

    def _options(self) -> list[str]:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options += ["--appendonly", "no", "--dir", str(self.directory)]
        options += ["--requirepass", self.password] if self.password else []
        return [*options, *self.more]

    def _client(self) -> Redis:
        return Redis(port=self.port, password=self.password or None)

    async def _answers(self) -> bool:
        async with self._client() as client:
            try:
                return bool(await client.ping())
            except (RedisError, OSError):
                return False

    async def follows(self) -> bool:
        """A replica that is in step with its master."""
        async with self._client() as client:
            return bool((await client.info("replication"))["master_link_status"] == "up")

    def hang(self) -> None:
        """It keeps its connections and says nothing more."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        self._send(signal.SIGCONT)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    def _send(self, sign: signal.Signals) -> None:
        assert self._process is not None, "start the server first"
        os.kill(self._process.pid, sign)

    async def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(sign)
            await process.wait()


@dataclass
class RedisCluster:
    """Three masters, without replicas."""

    nodes: Sequence[RedisServer]

    @property
    def url(self) -> str:
        return self.nodes[0].url

    @classmethod
    async def start(cls, binary: str, directory: Path) -> "RedisCluster":
        nodes = []
        for number in range(3):
            port = free_port()
            # A second port, 10,000 higher, may not exist.
            bus = ["--cluster-port", str(free_port()), "--cluster-config-file", f"{port}.conf"]
            options = ["--cluster-enabled", "yes", *bus]
            nodes.append(RedisServer(binary, directory, more=options, port=port))
            await nodes[number].start()
        cluster = cls(nodes)
        try:
            await cluster._join()
        except BaseException:
            await cluster.kill()
            raise
        return cluster

    async def _join(self) -> None:
        share = 16384 // len(self.nodes) + 1
        for number, node in enumerate(self.nodes):
            async with Redis(port=node.port) as client:
                first, last = share * number, min(share * (number + 1), 16384) - 1
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)  # type: ignore[no-untyped-call] # no types there
                await client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)  # type: ignore[no-untyped-call] # no types there
        async with Redis(port=self.nodes[0].port) as client:
            for node in self.nodes[1:]:
                bus = int(node.more[node.more.index("--cluster-port") + 1])
                await client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)  # type: ignore[no-untyped-call] # no types there
        await until(self._is_whole)

    async def _is_whole(self) -> bool:
        for node in self.nodes:
            async with Redis(port=node.port) as client:
                told = await client.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call] # no types there
                known = dict(told) if isinstance(told, dict) else {}
                if known.get("cluster_state") != "ok" or known.get("cluster_known_nodes") != "3":
                    return False
        return True

    async def kill(self) -> None:
        for node in self.nodes:
            await node.kill()


@dataclass
class WatchedRedis:
    """A master, its replica, and the sentinel that knows who is which."""

    master: RedisServer
    replica: RedisServer
    watcher: RedisServer
    service: str = "verdicts"

    @property
    def sentinel(self) -> str:
        return f"127.0.0.1:{self.watcher.port}"

    @classmethod
    async def start(cls, binary: str, directory: Path) -> "WatchedRedis":
        master = RedisServer(binary, directory, more=["--repl-diskless-sync-delay", "0"])
        await master.start()
        leader = ["--replicaof", "127.0.0.1", str(master.port), "--dbfilename", "replica.rdb"]
        replica = RedisServer(binary, directory, more=leader)
        await replica.start()
        # Else the sentinel would hear of it ten seconds later.
        await until(replica.follows)
        port = free_port()
        file = directory / "sentinel.conf"
        lines = [f"port {port}", f"sentinel monitor verdicts 127.0.0.1 {master.port} 1"]
        file.write_text("\n".join([*lines, "bind 127.0.0.1", ""]))
        watcher = Sentinel(binary, directory, port=port)
        await watcher.start()
        return cls(master, replica, watcher)

    async def kill(self) -> None:
        for one in (self.watcher, self.replica, self.master):
            await one.kill()


class Sentinel(RedisServer):
    """Its settings stand in a file, which it writes to."""

    def _options(self) -> list[str]:
        return [str(self.directory / "sentinel.conf"), "--sentinel"]


@dataclass
class TlsRedis:
    """Takes TLS alone, and asks for a certificate of the same authority."""

    server: RedisServer
    papers: Papers

    def config(self, **more: object) -> RedisConfig:
        known: dict[str, object] = {
            "url": f"rediss://localhost:{self.server.port}/0",
            "ca_file": str(self.papers.authority),
            "cert_file": str(self.papers.certificate),
            "key_file": str(self.papers.key),
        }
        return RedisConfig.model_validate(known | more)

    @classmethod
    async def start(cls, binary: str, directory: Path) -> "TlsRedis":
        papers = issue(directory)
        port = free_port()
        server = TlsServer(binary, directory, port=port, papers=papers)
        await server.start()
        return cls(server, papers)

    async def kill(self) -> None:
        await self.server.kill()


@dataclass
class TlsServer(RedisServer):
    papers: Papers = field(kw_only=True)

    def _options(self) -> list[str]:
        files = self.papers
        options = ["--tls-port", str(self.port), "--port", "0", "--bind", "127.0.0.1"]
        options += ["--tls-ca-cert-file", str(files.authority)]
        options += ["--tls-cert-file", str(files.certificate), "--tls-key-file", str(files.key)]
        return [*options, "--save", "", "--dir", str(self.directory)]

    def _client(self) -> Redis:
        files = self.papers
        return Redis(
            host="localhost",
            port=self.port,
            ssl=True,
            ssl_ca_certs=str(files.authority),
            ssl_certfile=str(files.certificate),
            ssl_keyfile=str(files.key),
        )
