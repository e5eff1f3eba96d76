"""Claims about the month's budget."""

from __future__ import annotations

import pytest

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.notifications.budget import MonthlyBudget, MonthlyBudgetArgs
from infra.settings.notifications import BudgetSettings
from tests.support.recording import Recorded, record

CLOUD = Cloud("111122223333", "eu-central-1", "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
SETTINGS = BudgetSettings.model_validate({"monthlyUsd": 900, "emails": ("owner@example.org", "lead@example.org")})


@pytest.fixture(scope="module")
def budget() -> Recorded:
    recorded = record(lambda: MonthlyBudget("budget", MonthlyBudgetArgs(CLOUD, SETTINGS)))
    return recorded.one("Budget", "budget-month")


def test_the_month_has_the_sum_of_the_settings(budget: Recorded) -> None:
    names = ("accountId", "name", "budgetType", "timeUnit", "limitAmount", "limitUnit")
    assert [budget.inputs[name] for name in names] == [
        "111122223333",
        "mlops-dev-month",
        "COST",
        "MONTHLY",
        "900",
        "USD",
    ]


def test_mails_go_out_at_half_at_80_percent_at_all_of_it_and_when_the_forecast_passes_it(budget: Recorded) -> None:
    notifications = budget.inputs["notifications"]
    assert [(each["notificationType"], each["threshold"]) for each in notifications] == [
        ("ACTUAL", 50),
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert {(each["comparisonOperator"], each["thresholdType"]) for each in notifications} == {
        ("GREATER_THAN", "PERCENTAGE")
    }
    for each in notifications:
        assert each["subscriberEmailAddresses"] == ["lead@example.org", "owner@example.org"]


def test_it_counts_the_whole_account_as_a_tag_nobody_activated_would_count_nothing(budget: Recorded) -> None:
    assert "costFilters" not in budget.inputs
    assert "filterExpression" not in budget.inputs


def test_it_is_tagged(budget: Recorded) -> None:
    assert budget.inputs["tags"] == CLOUD.tagged("month")
