"""Workers killed and Redis restarted under way; `python -m tests.chaos.jobs` is the large one."""

from pathlib import Path

from tests.chaos.jobs import Plan, run


async def test_killed_workers_and_a_restarted_redis_lose_and_double_nothing(
    redis_binary: str, tmp_path: Path
) -> None:
    plan = Plan(jobs=60, workers=2, kill_every=2.5, model_seconds=0.2, give_up=120)
    found = await run(plan, redis_binary, tmp_path)
    assert sum(found.states.values()) == found.told == 60
    assert set(found.states) <= {"done", "failed"}
    assert set(found.errors) <= {"poisoned"}
    assert found.killed > 0
    assert (found.same_delivery_twice, found.never_told, found.stored_bodies) == (0, 0, 0)
    # SIGTERM ends one that is only just starting too.
    assert set(found.exit_codes) <= {0, -15, 128 + 15}
