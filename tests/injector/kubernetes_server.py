"""A Kubernetes API server, as far as the injector asks it: on loopback, with TLS and a token."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.injector.door import listening
from tests.injector.pods import Json, patched
from tests.papers import issue

TOKEN = "an-account"
CONFIGURATION = "candor"
SECRET = "candor-injector"
NAMESPACE = "guards"


def _configuration() -> Json:
    service = {"name": "candor-injector", "namespace": NAMESPACE, "path": "/mutate"}
    return {
        "metadata": {"name": CONFIGURATION},
        "webhooks": [{"name": "inject.candor.dev", "clientConfig": {"service": service}}],
    }


@dataclass
class KubernetesServer:
    """`secret` is None until somebody makes it. `broken` answers 500 to all that is asked."""

    secret: Json | None = None
    configuration: Json = field(default_factory=_configuration)
    version: Json = field(default_factory=lambda: {"major": "1", "minor": "31+"})
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    overtaken_by: list[Json] = field(default_factory=list)
    """What others write into the Secret just before we do, once each."""

    def app(self) -> Starlette:
        secrets = f"/api/v1/namespaces/{NAMESPACE}/secrets"
        hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
        return Starlette(
            routes=[
                Route("/version", self._told(self._version)),
                Route(secrets, self._told(self._make), methods=["POST"]),
                Route(f"{secrets}/{SECRET}", self._told(self._secret), methods=["GET", "PATCH"]),
                Route(
                    f"{hooks}/{CONFIGURATION}", self._told(self._hooks), methods=["GET", "PATCH"]
                ),
            ]
        )

    def _told(self, part: Any) -> Any:
        async def answer(request: Request) -> JSONResponse:
            self.asked.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
            if self.broken:
                return JSONResponse({"kind": "Status"}, 500)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return JSONResponse({"kind": "Status"}, 401)
            found: JSONResponse = part(request, await request.body())
            return found

        return answer

    def _version(self, _: Request, __: bytes) -> JSONResponse:
        return JSONResponse(self.version)

    def _make(self, request: Request, body: bytes) -> JSONResponse:
        self._overtaken()
        if self.secret is not None:
            return JSONResponse({"kind": "Status", "reason": "AlreadyExists"}, 409)
        self.write(json.loads(body)["data"])
        return JSONResponse(self.secret, 201)

    def _secret(self, request: Request, body: bytes) -> JSONResponse:
        if request.method == "PATCH":
            assert request.headers["content-type"] == "application/merge-patch+json"
            self._overtaken()
        if self.secret is None:
            return JSONResponse({"kind": "Status"}, 404)
        if request.method == "PATCH":
            patch = json.loads(body)
            if patch["metadata"]["resourceVersion"] != self.secret["metadata"]["resourceVersion"]:
                return JSONResponse({"kind": "Status", "reason": "Conflict"}, 409)
            self.write({**(self.secret.get("data") or {}), **patch["data"]})
        return JSONResponse(self.secret)

    def _hooks(self, request: Request, body: bytes) -> JSONResponse:
        if request.method == "PATCH":
            assert request.headers["content-type"] == "application/json-patch+json"
            self.configuration = patched(self.configuration, json.loads(body))
        return JSONResponse(self.configuration)

    def _overtaken(self) -> None:
        if self.overtaken_by:
            self.write(self.overtaken_by.pop())

    def write(self, data: Json) -> None:
        before = int(self.secret["metadata"]["resourceVersion"]) if self.secret else 40
        self.secret = {"metadata": {"resourceVersion": str(before + 1)}, "data": data}

    @property
    def data(self) -> Json:
        assert self.secret is not None
        found: Json = self.secret["data"]
        return found

    @property
    def bundle(self) -> str:
        return str(self.configuration["webhooks"][0]["clientConfig"].get("caBundle", ""))


@dataclass(frozen=True)
class Reached:
    """`account` is what a pod has mounted."""

    address: str
    account: Path


@asynccontextmanager
async def running(server: KubernetesServer, account: Path) -> AsyncIterator[Reached]:
    context = _mount(account)
    async with listening(server.app(), context) as address:
        yield Reached(address, account)


def _mount(account: Path) -> ssl.SSLContext:
    account.mkdir()
    papers = issue(account)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    papers.authority.rename(account / "ca.crt")
    (account / "token").write_text(TOKEN + "\n", encoding="ascii")
    return context
