"""candor webhook: put Candor into pods."""

import asyncio
from datetime import timedelta
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from candor.domain.errors import ConfigError
from candor.telemetry import logs
from candor.telemetry.logs import LogConfig

if TYPE_CHECKING:
    from candor.injector.command import Options, Signing


class Native(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Refusal(StrEnum):
    DENY = "deny"
    WARN = "warn"


class Level(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def webhook(
    cert_dir: Annotated[
        Path | None, typer.Option(help="Folder with tls.crt and tls.key, which may change.")
    ] = None,
    self_signed: Annotated[
        bool, typer.Option("--self-signed", help="Make and renew the certificate ourselves.")
    ] = False,
    secret: Annotated[str, typer.Option(help="Secret that keeps our certificate.")] = "",
    webhook_configuration: Annotated[
        str, typer.Option(help="MutatingWebhookConfiguration that is to trust it.")
    ] = "",
    service: Annotated[str, typer.Option(help="Service by which the API server calls.")] = "",
    namespace: Annotated[str, typer.Option(help="Namespace of Secret and Service.")] = "",
    certificate_days: Annotated[
        int, typer.Option(min=1, max=3650, help="How long our certificate lasts.")
    ] = 90,
    settle_seconds: Annotated[
        float,
        typer.Option(min=0, help="How long a new authority is trusted before it is served."),
    ] = 600.0,
    host: Annotated[str, typer.Option(help="Address.")] = "0.0.0.0",  # noqa: S104 # the API server is outside of the pod
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 8443,
    native_sidecar: Annotated[
        Native,
        typer.Option(
            "--native-sidecar",
            "--native",
            help="As init container that stays; auto: by the cluster's version.",
        ),
    ] = Native.AUTO,
    cluster_version: Annotated[
        str | None, typer.Option(help="Such as 1.31; default: the API server is asked.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="YAML file with `container` and `volumes`.")
    ] = None,
    on_bad_annotation: Annotated[
        Refusal, typer.Option(help="A pod that asks for what cannot be.")
    ] = Refusal.DENY,
    on_unfit: Annotated[
        Refusal, typer.Option(help="A pod of a kind that cannot have Candor.")
    ] = Refusal.WARN,
    ignore_namespace: Annotated[
        list[str] | None, typer.Option(help="Besides kube-system and its like; can be repeated.")
    ] = None,
    max_body_bytes: Annotated[
        int, typer.Option(min=1024, help="Largest review; beyond that 413.")
    ] = 8 * 1024 * 1024,
    read_seconds: Annotated[
        float, typer.Option(min=0.1, help="How long a review may take to come; then 408.")
    ] = 5.0,
    check_seconds: Annotated[
        float, typer.Option(min=0.1, help="How often the certificate is looked at.")
    ] = 30.0,
    drain_seconds: Annotated[
        float, typer.Option(min=0, max=300, help="How long it answers after SIGTERM.")
    ] = 5.0,
    account_dir: Annotated[
        Path | None, typer.Option(help="Folder of the service account's token and ca.crt.")
    ] = None,
    api_server: Annotated[
        str | None, typer.Option(help="Its URL; default: the pod's own.")
    ] = None,
    log_level: Annotated[Level, typer.Option(help="What is told.")] = Level.INFO,
) -> None:
    """Answer the API server about pods until SIGTERM: those that ask for Candor get it."""
    if find_spec("cryptography") is None:
        raise ConfigError("candor webhook needs the extra: pip install 'candor-monitor[webhook]'")
    # What only this command needs is loaded here.
    from candor.injector import command  # noqa: PLC0415
    from candor.injector.app import Limits  # noqa: PLC0415
    from candor.injector.cluster import ACCOUNT  # noqa: PLC0415
    from candor.injector.injector import Rules  # noqa: PLC0415
    from candor.injector.keeping import Places  # noqa: PLC0415
    from candor.injector.serving import Address  # noqa: PLC0415
    from candor.injector.template import BUILT_IN  # noqa: PLC0415

    names = {
        "--secret": secret,
        "--webhook-configuration": webhook_configuration,
        "--service": service,
        "--namespace": namespace,
    }
    _check(cert_dir, names, self_signed=self_signed)
    papers: Path | Signing = cert_dir or command.Signing(
        Places(namespace, secret, webhook_configuration),
        service,
        timedelta(days=certificate_days),
        timedelta(seconds=settle_seconds),
    )
    ignored = Rules().ignored_namespaces | set(ignore_namespace or ())
    options: Options = command.Options(
        papers,
        Address(host, port, drain_seconds),
        Rules(_how(on_bad_annotation), _how(on_unfit), ignored),
        Limits(max_body_bytes, read_seconds),
        native_sidecar.value,
        cluster_version,
        template or BUILT_IN,
        check_seconds,
        account_dir or ACCOUNT,
        api_server,
    )
    logs.configure(LogConfig(level=log_level.value))
    asyncio.run(command.run(options))


def _check(cert_dir: Path | None, names: dict[str, str], *, self_signed: bool) -> None:
    """Raises: ConfigError."""
    if self_signed == (cert_dir is not None):
        raise ConfigError("one of --cert-dir and --self-signed says where the certificate is from")
    missing = [option for option, value in names.items() if self_signed and not value]
    if missing:
        raise ConfigError(f"--self-signed needs {', '.join(missing)} too")


def _how(refusal: Refusal) -> Literal["deny", "warn"]:
    return "deny" if refusal is Refusal.DENY else "warn"
