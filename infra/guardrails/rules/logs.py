"""What is written down, and for how long."""

from collections.abc import Iterator, Sequence

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import lacks, must_have, must_reach
from infra.guardrails.rules.relations import of_type, parts
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule, StackRule, at


def _end(it: Object) -> Iterator[str]:
    if it.type == aws.LOG_GROUP:
        yield from must_reach(it.props, "retentionInDays", 1, "logs would be kept, and paid for, for ever")


def _calls(it: Object) -> Iterator[str]:
    if it.type == aws.API_STAGE:
        why = "nobody could tell who called"
        yield from must_have(it.props, "accessLogSettings.destinationArn", "a log group's ARN", why)


def _databases(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE and lacks(it.props.get("enabledCloudwatchLogsExports"), "postgresql"):
        yield "its log is gone with the instance: add 'postgresql' to enabledCloudwatchLogsExports"


def _traffic(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for network in of_type(stack, aws.NETWORK):
        logs = parts(stack, network, aws.FLOW_LOG, "vpcId", "id")
        if not any(at(it.props, "trafficType") in ("ALL", UNKNOWN) for it in logs):
            yield network, "nobody could tell who talked to whom: add a FlowLog with trafficType ALL"


LOG_RULES = (
    Rule("logs-end", "No log is kept for ever by accident.", _end),
    Rule("api-calls-are-logged", "Every call of an HTTP API is logged.", _calls),
    Rule("databases-keep-logs", "The database's log outlives the instance.", _databases),
)
networks_log_their_traffic = StackRule(
    "networks-log-their-traffic", "Every VPC logs who talks to whom, refused or not.", _traffic
)
