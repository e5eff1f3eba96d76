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
    if it.type == aws.EVENT_TARGET:
        why = "events that cannot be delivered would be gone"
        yield from must_have(it.props, "deadLetterConfig.arn", "a queue's ARN", why)


def _logs_where_we_say(it: Object) -> Iterator[str]:
    if it.type == aws.FUNCTION:
        why = "Lambda would make a group that is neither encrypted with our key nor ever emptied"
        yield from must_have(it.props, "loggingConfig.logGroup", "a group of ours", why)


def _throttled(it: Object) -> Iterator[str]:
    if it.type == aws.API_STAGE:
        for path in ("throttlingBurstLimit", "throttlingRateLimit"):
            why = "one caller could use up what all have"
            yield from must_reach(it.props, f"defaultRouteSettings.{path}", 1, why)


FUNCTION_RULES = (
    Rule("functions-are-traced", "Every function is traced.", _traced),
    Rule("functions-are-bounded", "No function takes concurrency from the others.", _bounded),
    Rule("functions-log-where-we-say", "Functions write to log groups of ours.", _logs_where_we_say),
    Rule("api-calls-are-bounded", "Every HTTP API has a limit of calls.", _throttled),
    Rule("functions-lose-no-events", "What a function fails to do can be done again.", _loses_nothing),
)
