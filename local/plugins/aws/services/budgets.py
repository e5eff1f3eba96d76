"""Budgets."""

from __future__ import annotations

from typing import Any

from pulumi_aws import budgets

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging

_NOTIFICATION = {
    "notificationType": "NotificationType",
    "comparisonOperator": "ComparisonOperator",
    "threshold": "Threshold",
    "thresholdType": "ThresholdType",
}
_SUBSCRIBERS = {"subscriberEmailAddresses": "EMAIL", "subscriberSnsTopicArns": "SNS"}


class Budget(Kind):
    """Its id is `account:name`."""

    sdk, service = budgets.Budget, "budgets"
    carries = words("accountId name budgetType timeUnit limitAmount limitUnit notifications tags")
    fixed = words("accountId name")
    naming = Naming("name", longest=100)
    tagging = Tagging(
        "tag_resource", "untag_resource", "list_tags_for_resource", "ResourceARN",
        tags="ResourceTags", keys="ResourceTagKeys", found="ResourceTags",
    )  # fmt: skip

    def create(self, op: Operation) -> str:
        account = op.new.get("accountId") or op.account
        op.client.create_budget(
            AccountId=account,
            Budget=_budget(op),
            NotificationsWithSubscribers=[
                {"Notification": _plain(wanted), "Subscribers": _subscribers(wanted)}
                for wanted in op.new.get("notifications", [])
            ],
            ResourceTags=self.tagging.form(op.tags),
        )
        return f"{account}:{op.new['name']}"

    def read(self, op: Operation, identifier: str) -> Properties:
        account, _, name = identifier.partition(":")
        found = op.client.describe_budget(AccountId=account, BudgetName=name)["Budget"]
        return {
            "accountId": account,
            "name": name,
            "arn": f"arn:aws:budgets::{account}:budget/{name}",
            "budgetType": found["BudgetType"],
            "timeUnit": found["TimeUnit"],
            "limitAmount": found["BudgetLimit"]["Amount"],
            "limitUnit": found["BudgetLimit"]["Unit"],
            "notifications": self._notifications(op, account, name),
        }

    def update(self, op: Operation, identifier: str) -> None:
        account, _, name = identifier.partition(":")
        if op.changed - {"notifications"}:
            op.client.update_budget(AccountId=account, NewBudget=_budget(op))
        if "notifications" not in op.changed:
            return
        have, want = self._notifications(op, account, name), op.new.get("notifications", [])
        where = {"AccountId": account, "BudgetName": name}
        for gone in (one for one in have if one not in want):
            op.client.delete_notification(**where, Notification=_plain(gone))
        for new in (one for one in want if one not in have):
            op.client.create_notification(**where, Notification=_plain(new), Subscribers=_subscribers(new))

    def delete(self, op: Operation, identifier: str) -> None:
        account, _, name = identifier.partition(":")
        op.client.delete_budget(AccountId=account, BudgetName=name)

    def _notifications(self, op: Operation, account: str, name: str) -> list[dict[str, Any]]:
        """In the program's order, because AWS has none."""
        where = {"AccountId": account, "BudgetName": name}
        shown = []
        for found in op.client.describe_notifications_for_budget(**where).get("Notifications", []):
            plain = {api: found[api] for api in _NOTIFICATION.values()}
            told = op.client.describe_subscribers_for_notification(**where, Notification=plain)["Subscribers"]
            addresses = {
                part: sorted(one["Address"] for one in told if one["SubscriptionType"] == kind)
                for part, kind in _SUBSCRIBERS.items()
            }
            given = {part: listed for part, listed in addresses.items() if listed}
            shown.append({own: found[api] for own, api in _NOTIFICATION.items()} | given)
        known: list[dict[str, Any]] = op.known.get("notifications", [])
        return sorted(shown, key=lambda one: known.index(one) if one in known else len(known))


def _budget(op: Operation) -> dict[str, Any]:
    return {
        "BudgetName": op.new["name"],
        "BudgetType": op.new["budgetType"],
        "TimeUnit": op.new["timeUnit"],
        "BudgetLimit": op.given(Amount="limitAmount", Unit="limitUnit"),
    }


def _plain(notification: dict[str, Any]) -> dict[str, Any]:
    return {api: notification[name] for name, api in _NOTIFICATION.items()}


def _subscribers(notification: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"SubscriptionType": kind, "Address": address}
        for part, kind in _SUBSCRIBERS.items()
        for address in notification.get(part, [])
    ]
