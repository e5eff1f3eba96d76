"""What a month may cost."""

from __future__ import annotations

from typing import Any

from tests.support.aws import Trial

BUDGET = "aws:budgets/budget:Budget"


def notification(kind: str, threshold: float) -> dict[str, Any]:
    return {
        "notificationType": kind,
        "comparisonOperator": "GREATER_THAN",
        "threshold": threshold,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": ["a@example.com", "b@example.com"],
    }


WANTED: dict[str, Any] = {
    "accountId": "123456789012",
    "name": "mlops-test-month",
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitAmount": "1200",
    "limitUnit": "USD",
    "notifications": [notification("FORECASTED", 100), notification("ACTUAL", 50), notification("ACTUAL", 80)],
    "tags": {"Name": "month"},
}


def test_a_budget_lives_its_whole_life(trial: Trial) -> None:
    budget = trial.create(BUDGET, WANTED)
    assert budget.id == "123456789012:mlops-test-month"
    assert trial.diff(budget, WANTED) == ([], [])
    assert trial.refresh(budget)
    assert budget.inputs == WANTED
    fewer = {**WANTED, "limitAmount": "1500", "notifications": [notification("ACTUAL", 90)], "tags": {"Name": "m"}}
    trial.update(budget, fewer)
    assert budget.outputs["notifications"] == [notification("ACTUAL", 90)]
    assert (budget.outputs["limitAmount"], budget.outputs["tagsAll"]) == ("1500", {"Name": "m"})
    assert trial.imported(BUDGET, budget.id).inputs == fewer
    trial.delete(budget)
    assert not trial.refresh(budget)


def test_mails_that_others_took_away_are_noticed(trial: Trial) -> None:
    wanted = {**WANTED, "name": "mlops-test-other"}
    budget = trial.create(BUDGET, wanted)
    trial.client("budgets").delete_notification(
        AccountId="123456789012",
        BudgetName="mlops-test-other",
        Notification={
            "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 50,
            "ThresholdType": "PERCENTAGE",
        },
    )  # fmt: skip
    trial.refresh(budget)
    assert trial.diff(budget, wanted) == (["notifications"], [])
