"""A short flood over a socket; `python -m tests.chaos.overload` measures a long one."""

from tests.chaos.overload import measure


async def test_a_flood_is_turned_away_with_a_time_to_come_back_and_what_is_known_is_answered() -> (
    None
):
    found = await measure(slots=2, seconds=2.0, delay=0.03, factor=3)
    assert found.accepted
    assert found.refused
    assert {one.status for one in found.refused} == {503}
    assert all(one.retry_after >= 1 for one in found.refused)
    assert {(one.status, one.cache) for one in found.known} == {(200, "hit")}
    assert {one.status for one in found.returned} == {200}
    assert found.recovery < 5
