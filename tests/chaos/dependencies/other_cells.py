"""What becomes of an answer when something fails that no verdict leans on, or that decides
whether there is one at all."""

from collections.abc import Sequence

from tests.chaos.dependencies import faults as f
from tests.chaos.dependencies.cells import Cell, Count, Section, Told, refused
from tests.chaos.dependencies.faults import Fault
from tests.faulty_proxy import Mode

_AS_EVER = Told()


def _lie(name: str, reply: bytes) -> Fault:
    return Fault(name, Mode.LIE, lambda _: reply)


GARBAGE = Fault("answers in another protocol", Mode.GARBAGE)
ERROR = _lie("answers with an error", b"E\0\0\0\x1dSFATAL\0C57P03\0Mstarting\0\0\0\0")
ABSURD = _lie("says an absurd length", b"D\x7f\xff\xff\xff\0\x01")
OF_POSTGRES = (f.REFUSED, f.HUNG, f.SLOW, f.CUT, GARBAGE, f.TLS, ERROR, ABSURD)

DISK_FULL = Fault("has a full disk", Mode.PASS)
LOCKED = Fault("is locked by somebody else", Mode.PASS)

TOLD_AGAIN = (f.REFUSED, f.HUNG, f.SLOW, f.DRIPS, f.TLS, f.NOT_HTTP, f.FAILS, f.LIMITS)
NEVER_AGAIN = (f.DENIES, f.REDIRECTS)
TAKEN = (f.NOT_JSON, f.ERROR_INSIDE, f.OTHER_TYPE, f.LONGER, f.GZIP, f.ENDLESS)

OF_KEYS = (
    *(f.REFUSED, f.HUNG, f.SLOW, f.DRIPS, f.CUT, f.LONGER, f.SHORTER, f.TLS, f.NOT_HTTP),
    *(f.FAILS, f.DENIES, f.REDIRECTS, f.NOT_JSON, f.OTHER_JSON, f.NO_OBJECT, f.EMPTY),
    *(f.ERROR_INSIDE, f.NOT_UTF_8, f.GZIP, f.ENDLESS),
)

OF_IMAGE_LINES = (f.REFUSED, f.HUNG, f.SLOW, f.DRIPS, f.CUT, f.NOT_HTTP, f.TLS)
OF_IMAGE_HOSTS = {
    "html": ("answers a page for people", "invalid-image"),
    "lying/100": ("says a length beyond its body", "remote-image-failed"),
    "gzip": ("answers compressed, unasked", "remote-image-failed"),
    "status/500": ("answers 500", "remote-image-failed"),
    "slow": ("answers byte by byte, for ever", "remote-image-failed"),
    "endless": ("answers without an end", "too-large"),
}

# Few, for each is waited for: spans are sent once a second.
OF_COLLECTORS = (f.REFUSED, f.HUNG, f.DENIES)


def _ledger(place: str, faults: Sequence[Fault]) -> list[Cell]:
    counts = (Count("ledger_failures_total"),)
    return [Cell(place, fault, _AS_EVER, counts, _AS_EVER) for fault in faults]


def _audit_log() -> list[Cell]:
    counts = (Count("audit_log_failures_total", {"reason": "disk_full"}),)
    return [
        Cell("open", DISK_FULL, _AS_EVER, counts, _AS_EVER),
        Cell("closed", DISK_FULL, refused(503, "audit-log-unavailable"), counts),
    ]


def _webhooks() -> list[Cell]:
    told = Told(says="the job ends as ever")
    ways = {"retried": TOLD_AGAIN, "dead": NEVER_AGAIN, "delivered": TAKEN}
    return [
        Cell("receiver", fault, told, (Count("webhook_deliveries_total", {"result": result}),))
        for result, faults in ways.items()
        for fault in faults
    ]


def _keys() -> list[Cell]:
    told = refused(503, "identity-unavailable")
    counts = (Count("auth_refused_total", {"reason": "unavailable"}),)
    return [Cell("jwks", fault, told, counts) for fault in OF_KEYS]


def _images() -> list[Cell]:
    failed = refused(422, "remote-image-failed")
    counts = (Count("remote_images_total"),)
    lines = [Cell("picture.png", fault, failed, counts) for fault in OF_IMAGE_LINES]
    hosts = [
        Cell(
            path,
            Fault(name, Mode.PASS),
            refused(413 if kind == "too-large" else 422, kind),
            counts,
        )
        for path, (name, kind) in OF_IMAGE_HOSTS.items()
    ]
    return [*lines, *hosts]


def _collector() -> list[Cell]:
    counts = (Count("trace_export_failures_total", {"reason": "undelivered"}),)
    return [Cell("collector", fault, _AS_EVER, counts, _AS_EVER) for fault in OF_COLLECTORS]


SECTIONS = (
    Section(
        "PostgreSQL as the ledger",
        "Verdicts are given as ever; `GET /v1/verdicts` gets 503 `ledger-unavailable`. What "
        "waits is written when the database is back.",
        _ledger("postgres", OF_POSTGRES),
    ),
    Section("SQLite as the ledger", "As PostgreSQL.", _ledger("sqlite", (DISK_FULL, LOCKED))),
    Section(
        "Audit log",
        "First with `on_failure: open`, then `closed`, where nothing is answered that is not "
        "written down.",
        _audit_log(),
    ),
    Section(
        "Webhook receiver",
        "The job and its verdict do not wait for it. Bodies of answers are not read: 2xx is "
        "taken, whatever comes with it. What is given up is among the dead letters.",
        _webhooks(),
    ),
    Section(
        "Provider of tokens (JWKS)",
        "Once its keys are older than `jwks_seconds` and `jwks_stale_seconds` together, tokens "
        "are refused; API keys are still taken.",
        _keys(),
    ),
    Section(
        "Host of a remote image",
        "Nothing is judged without an image that was named.",
        _images(),
    ),
    Section(
        "Collector of traces (OTLP)",
        "Spans are lost; nothing else is touched, and nobody waits.",
        _collector(),
    ),
)
CELLS = {section.cells[0].place: section.cells for section in SECTIONS}
