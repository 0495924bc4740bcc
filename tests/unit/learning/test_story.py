from candor.learning.loop import Goal
from candor.learning.simulation import Window
from candor.learning.story import changes, story

CLOSED = "closed: the traffic is strange to the screen"
LEARNING = Window("shop", 500, deceptive=100, escalated=500, honest_escalated=400)
OPEN = Window("shop", 500, 100, 2, 200, 120, 10, 5, open=True)
CUT_SHORT = Window("shop", 4, 1, 0, 4, 3, open=True, note="the traffic changes")
MET = Window("bank", 30, 9, 0, 30, 21, 0, 30, open=True, note=CLOSED)


def told(*windows: Window) -> str:
    return story("shop", windows, Goal())


def test_a_window_of_a_few_requests_does_not_stand_for_the_source() -> None:
    said = told(LEARNING, OPEN, CUT_SHORT)
    assert "shop: open after 500 requests; in its last whole open window it escalated 40%" in said


def test_a_screen_that_other_traffic_meets_did_not_open_for_it() -> None:
    said = told(LEARNING, OPEN, MET, Window("bank", 500, 100, 0, 500, 400))
    assert "bank: it met a screen that had learned from other traffic" in said
    assert "closed after 30 requests, of which it escalated 100%" in said
    assert said.count("open after") == 1
    assert "everything was escalated from then on" in said


def test_a_screen_that_stays_open_for_strangers_is_said_to() -> None:
    stays = Window("bank", 300, 90, 3, 200, 120, open=True)
    assert "never closed in 300" in told(LEARNING, OPEN, stays)


def test_a_screen_that_learned_the_new_traffic_is_said_to_have_opened_again() -> None:
    again = Window("bank", 500, 100, 1, 200, 120, open=True)
    assert "opened again later" in told(LEARNING, OPEN, MET, again)


def test_changes_are_counted_until_the_screen_was_closed() -> None:
    said = changes("shop", {"bank": [MET]}, Goal())
    assert "| bank | 30 | closed | 100% | 100% | 0 of 9 |" in said
    assert "Missed over all changes: 0 of 9" in said
