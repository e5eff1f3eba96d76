"""What a month may cost, as a component."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.settings.notifications import BudgetSettings

# Per cent of the month's sum.
ACTUAL = (50, 80, 100)
FORECASTED = (100,)


@dataclass(frozen=True)
class MonthlyBudgetArgs:
    """What the budget needs."""

    cloud: Cloud
    settings: BudgetSettings


class MonthlyBudget(Component, domain="notifications"):
    """Owns the month's budget and its mails; it stops nothing.

    It counts everything in the account: a budget by tag stays at zero, silently, until somebody activates the tag in
    the billing console. AWS updates costs a few times a day, and forecasts need five weeks of them.
    """

    def __init__(self, name: str, args: MonthlyBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud, settings = args.cloud, args.settings
        levels = [*(("ACTUAL", level) for level in ACTUAL), *(("FORECASTED", level) for level in FORECASTED)]
        aws.budgets.Budget(
            f"{name}-month",
            account_id=cloud.account,
            name=cloud.name("month"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(settings.monthly_usd),
            limit_unit="USD",
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=level,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=sorted(set(settings.emails)),
                )
                for kind, level in levels
            ],
            tags=cloud.tagged("month"),
            opts=self.child(),
        )
        self.register_outputs({})
