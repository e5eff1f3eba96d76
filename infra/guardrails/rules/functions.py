"""Lambda functions."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_be, must_have, must_reach
from infra.guardrails.rules.rule import Object, Rule


def _traced(it: Object) -> Iterator[str]:
    if it.type == aws.FUNCTION:
        yield from must_be(it.props, "tracingConfig.mode", "Active", "nobody could tell where a slow call was slow")


def _bounded(it: Object) -> Iterator[str]:
    if it.type == aws.FUNCTION:
        why = "it could take the account's whole concurrency from the others"
        yield from must_reach(it.props, "reservedConcurrentExecutions", 1, why)


def _loses_nothing(it: Object) -> Iterator[str]:
    if it.type == aws.FUNCTION:
        why = "events that fail three times would be gone"
        yield from must_have(it.props, "deadLetterConfig.targetArn", "a queue's ARN", why)


FUNCTION_RULES = (
    Rule("functions-are-traced", "Every function is traced.", _traced),
    Rule("functions-are-bounded", "No function takes concurrency from the others.", _bounded),
    Rule("functions-lose-no-events", "What a function fails to do can be done again.", _loses_nothing),
)
