"""What readiness looks at besides what judges. Verdicts are given without most of it too."""

from candor.api.desk import Desk
from candor.api.entrance import Entrance
from candor.domain.ledger import Ledger
from candor.domain.trail import Trail
from candor.readiness import Dependency


def ledger_looks(ledger: Ledger) -> tuple[Dependency, ...]:
    return (Dependency("ledger", ledger.ping, vital=False),) if ledger.keeps else ()


def desk_looks(desk: Desk) -> tuple[Dependency, ...]:
    queue = desk.submissions
    return (Dependency("jobs", queue.ping, vital=False),) if queue and queue.durable else ()


def entrance_looks(entrance: Entrance) -> tuple[Dependency, ...]:
    # Those who are known already are let in all the same.
    identity = entrance.identity
    return (Dependency("auth", identity.ping, vital=False),) if identity.required else ()


def trail_looks(trail: Trail) -> tuple[Dependency, ...]:
    return (Dependency("audit_log", trail.ping, vital=trail.strict),) if trail.keeps else ()
