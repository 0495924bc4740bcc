import pytest

from candor.domain.errors import InvalidExchange
from candor.domain.monitor import Wishes
from candor.domain.tenants import BudgetConfig, Tenant, TenantConfig

ACME = Tenant(
    "acme",
    TenantConfig(
        policies=("strict", "loose"),
        models=("acme-vlm",),
        budgets=BudgetConfig(deadline_ms=5000, max_model_calls=4),
    ),
)


def test_a_request_that_names_no_policy_gets_the_tenants_own() -> None:
    assert ACME.wishes(Wishes(), named=False).policy == "strict"
    assert Tenant().wishes(Wishes(), named=False).policy == "default"


def test_a_policy_of_others_is_one_that_does_not_exist() -> None:
    with pytest.raises(InvalidExchange) as told:
        ACME.wishes(Wishes(policy="default"), named=True)
    assert told.value.kind == "unknown-policy"
    assert told.value.hint == "use one of: loose, strict"


def test_budgets_bound_wishes_and_never_widen_them() -> None:
    plain = ACME.wishes(Wishes(), named=False)
    assert (plain.deadline_ms, plain.max_model_calls, plain.max_cost_usd) == (5000, 4, None)
    modest = ACME.wishes(Wishes(deadline_ms=100, max_model_calls=9), named=False)
    assert (modest.deadline_ms, modest.max_model_calls) == (100, 4)


def test_monitored_models_are_labelled_from_the_tenants_own_list() -> None:
    assert ACME.label("acme-vlm", "other") == "acme-vlm"
    assert ACME.label("globex-vlm", "globex-vlm") == "other"
    assert Tenant().label("globex-vlm", "globex-vlm") == "globex-vlm"
