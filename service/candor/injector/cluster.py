"""The few things the injector asks of the Kubernetes API, with its own account."""

import base64
import binascii
import os
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from candor.domain.errors import ConfigError
from candor.injector.refusals import ClusterUnavailable, Conflict
from candor.injector.rotation import Kept

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT = httpx.Timeout(10.0)
_ADMISSION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


@dataclass(frozen=True, slots=True)
class Stored:
    """`version` is empty where the Secret is not there yet."""

    kept: Kept | None
    version: str


class Cluster:
    """`account` is the folder with the account's `token` and the server's `ca.crt`."""

    def __init__(self, client: httpx.AsyncClient, account: Path) -> None:
        self._client = client
        self._account = account

    async def close(self) -> None:
        await self._client.aclose()

    async def version(self) -> str:
        """Such as `1.31`. Raises: ClusterUnavailable."""
        found = await self._asked("GET", "/version")
        try:
            # Some clouds write "31+".
            return f"{int(found['major'])}.{int(str(found['minor']).rstrip('+'))}"
        except (KeyError, ValueError) as exc:
            raise ClusterUnavailable("the API server does not tell its version") from exc

    async def stored(self, namespace: str, name: str) -> Stored:
        """Raises: ClusterUnavailable."""
        found = await self._asked("GET", _secret(namespace, name), missing=True)
        if not found:
            return Stored(None, "")
        kept = Kept.from_secret(found.get("data") or {})
        return Stored(kept, str(found["metadata"]["resourceVersion"]))

    async def store(self, namespace: str, name: str, kept: Kept, version: str) -> None:
        """Raises: Conflict where it is no longer of that version; ClusterUnavailable."""
        patch = {"metadata": {"resourceVersion": version}, "data": kept.to_secret()}
        if version:
            # Labels and annotations, such as Helm's, stay as they are.
            await self._asked("PATCH", _secret(namespace, name), patch, "merge-patch")
            return
        whole = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "Opaque",
            "data": kept.to_secret(),
        }
        await self._asked("POST", _secret(namespace), whole)

    async def trusted(self, configuration: str) -> tuple[bytes, ...]:
        """The bundle of each of its webhooks. Raises: ClusterUnavailable."""
        found = await self._asked("GET", f"{_ADMISSION}/{configuration}")
        try:
            return tuple(
                base64.b64decode(one["clientConfig"].get("caBundle") or "")
                for one in found["webhooks"]
            )
        except (KeyError, binascii.Error) as exc:
            raise ClusterUnavailable(f"{configuration} has no webhooks that we can read") from exc

    async def trust(self, configuration: str, bundle: bytes, webhooks: int) -> None:
        """Raises: ClusterUnavailable."""
        value = base64.b64encode(bundle).decode("ascii")
        patch = [
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": value}
            for index in range(webhooks)
        ]
        await self._asked("PATCH", f"{_ADMISSION}/{configuration}", patch, "json-patch")

    async def _asked(
        self,
        method: str,
        path: str,
        body: object = None,
        kind: str = "",
        *,
        missing: bool = False,
    ) -> dict[str, Any]:
        headers = {"content-type": f"application/{kind}+json" if kind else "application/json"}
        try:
            # Read each time: the token in the file is renewed every hour.
            token = (self._account / "token").read_text(encoding="ascii").strip()
            headers["authorization"] = f"Bearer {token}"
            answer = await self._client.request(method, path, json=body, headers=headers)
            found = answer.json() if answer.is_success else {}
        except (httpx.HTTPError, OSError, ValueError) as exc:
            raise ClusterUnavailable(f"{method} {path}: {type(exc).__name__}") from exc
        if answer.is_success and isinstance(found, dict):
            return found
        if missing and answer.status_code == HTTPStatus.NOT_FOUND:
            return {}
        kind_of = Conflict if answer.status_code == HTTPStatus.CONFLICT else ClusterUnavailable
        raise kind_of(f"{method} {path}: the API server answered {answer.status_code}")


def connect(account: Path, server: str | None) -> Cluster:
    """Raises: ConfigError."""
    address = server or _address()
    try:
        trust = ssl.create_default_context(cafile=str(account / "ca.crt"))
    except (OSError, ssl.SSLError) as exc:
        raise ConfigError(
            f"the service account in {account} cannot be read ({exc}): mount its token "
            "(automountServiceAccountToken: true), or use --cert-dir with --cluster-version"
        ) from exc
    client = httpx.AsyncClient(
        base_url=address, verify=trust, timeout=_TIMEOUT, trust_env=False, follow_redirects=False
    )
    return Cluster(client, account)


def _address() -> str:
    """Raises: ConfigError."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not host:
        raise ConfigError("KUBERNETES_SERVICE_HOST is not set: outside of a pod use --api-server")
    return f"https://{f'[{host}]' if ':' in host else host}:{port or 443}"


def _secret(namespace: str, name: str = "") -> str:
    path = f"/api/v1/namespaces/{namespace}/secrets"
    return f"{path}/{name}" if name else path
