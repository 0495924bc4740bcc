"""What a report says once secrets and personal data are taken out of it."""

from dataclasses import replace

from candor.domain.debate.transcript import Role, Transcript, Turn
from candor.domain.events import Event, StepStarted, TurnSpoken
from candor.domain.exchange import Exchange
from candor.domain.joins import Joins
from candor.domain.monitor import Monitor, Wishes
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.privacy.kinds import RedactionKind
from candor.domain.privacy.redaction import Redactor
from candor.domain.tiers import ScreenConfig
from candor.domain.verdict import Finding, Opinion, PolicyRef, Stance
from candor.domain.vision.geometry import BoxRegion
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.operations import MarkBox
from candor.domain.vision.outcomes import Result
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from tests.fakes import FakeCache, FakeTier
from tests.reports import a_report

EMAIL = "jo.doe@mail.example"
MAIL_ALONE = Redactor((RedactionKind.EMAILS,))
PLACE = BoxRegion(1, 2, 3, 4)
MARK = MarkBox(image=0, claim=f"It is {EMAIL}", label=EMAIL, x=0.2, y=0.8, width=0.1, height=0.05)
TURN = Turn(Role.AFFIRMER, 1, f"I see {EMAIL}.", (MARK,), "judge", (Result(1, f"reads {EMAIL}"),))


def telling(report_reason: str = f"It names {EMAIL}.") -> Opinion:
    finding = Finding(f"Write to {EMAIL}", Stance.CONTRADICTS, "screen", 0, PLACE, EMAIL, EMAIL)
    return Opinion(0.99, report_reason, findings=(finding,), transcript=Transcript((TURN,)))


def test_every_text_of_a_report_is_read() -> None:
    report = a_report(f"It names {EMAIL}.")
    opinion = telling()
    verdict = replace(report.verdict, findings=opinion.findings)
    without = MAIL_ALONE.report(replace(report, verdict=verdict, transcript=opinion.transcript))
    assert EMAIL not in repr(without)
    assert without.verdict.reason == "It names [email]."
    assert without.redactions == {"emails": 8}


def test_places_in_pictures_and_scores_stay() -> None:
    report = a_report(f"It names {EMAIL}.")
    without = MAIL_ALONE.report(report)
    assert without.verdict.findings == report.verdict.findings
    assert without.transcript == report.transcript
    assert replace(without, verdict=report.verdict, redactions={}) == report


def test_without_a_kind_the_report_is_the_same() -> None:
    report = a_report(EMAIL)
    assert Redactor().report(report) is report


class Heard:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def told(self, event: Event) -> None:
        self.events.append(event)


async def test_who_watches_hears_what_the_report_will_say() -> None:
    heard = Heard()
    async with Pool() as pool:
        pictures = await Pictures.open((), ImageLimits(), pool)
        listener = MAIL_ALONE.listener(heard)
        listener.told(StepStarted("debate"))
        listener.told(TurnSpoken(TURN, pictures))
    assert heard.events[0] == StepStarted("debate")
    assert isinstance(heard.events[1], TurnSpoken)
    assert EMAIL not in repr(heard.events[1].turn)


async def test_what_is_remembered_is_without_it_too() -> None:
    cache = FakeCache()
    config = PolicyConfig(
        tiers=(ScreenConfig(),), deceptive_needs=(), redact=(RedactionKind.EMAILS,)
    )
    policy = Policy(PolicyRef("default", "5f0c"), config, (FakeTier(telling()),))
    async with Pool() as pool:
        monitor = Monitor({"default": policy}, cache, pool, ImageLimits(), Joins())
        report = await monitor.check(Exchange((), f"Write to {EMAIL}"), Wishes())
    (known,) = cache.known.values()
    assert EMAIL not in repr((report, known))
    assert report.verdict.findings[0].region == PLACE
