"""Nothing travels in plain text."""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items, must_have, shown
from infra.guardrails.rules.relations import of_type, parts
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule, StackRule, at
from infra.guardrails.rules.statements import documents

_CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"
_TLS_PORTS = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"


def _database_demands_tls(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE_PARAMETERS and str(at(it.props, "family")).startswith("postgres"):
        parameters = it.props.get("parameters")
        if parameters is not UNKNOWN and not any(map(_forces_tls, items(parameters))):
            yield "passwords and data may travel in plain text: set the parameter rds.force_ssl to '1'"
    if it.type == aws.DATABASE:
        yield from must_have(it.props, "parameterGroupName", "a group of ours", "AWS' own parameters allow plain text")


def _forces_tls(parameter: Any) -> bool:
    name, value = (at(parameter, key) for key in ("name", "value"))
    return name in ("rds.force_ssl", UNKNOWN) and (value is UNKNOWN or str(value) == "1")


def _load_balancer_speaks_tls(it: Object) -> Iterator[str]:
    if it.kind == "Service" and at(it.props, "spec", "type") == "LoadBalancer":
        annotations = at(it.props, "metadata", "annotations") or {}
        if not annotations.get(_CERTIFICATE):
            yield f"the load balancer would speak plain text: annotate it with {_CERTIFICATE}"
        named = annotations.get(_TLS_PORTS, "*")
        ports = items(at(it.props, "spec", "ports"))
        if named is not UNKNOWN and named != "*":
            for each in ports:
                # The engine has no integers: 443 arrives as 443.0.
                if not {shown(each.get("port")), each.get("name")} & set(named.split(",")):
                    yield f"port {shown(each.get('port'))} would speak plain text: name it in {_TLS_PORTS}"


def _messages_demand_tls(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for type_, policy, by, name, action in (
        (aws.TOPIC, aws.TOPIC_POLICY, "arn", "arn", "sns:Publish"),
        (aws.QUEUE, aws.QUEUE_POLICY, "queueUrl", "url", "sqs:SendMessage"),
    ):
        for it in of_type(stack, type_):
            # Not by its own input `policy`: a rule about a stack reads outputs, and what AWS fills in looks the same.
            if not any(_refuses(each, action) for each in parts(stack, it, policy, by, name)):
                yield (
                    it,
                    f"it takes messages in plain text: deny {action} to everybody when aws:SecureTransport is false",
                )


def _refuses(it: Object, action: str) -> bool:
    unknown = it.props.get("policy") is UNKNOWN
    # SNS refuses a wildcard in the actions of a topic's policy, also where it denies.
    exact = it.type == aws.TOPIC_POLICY
    return unknown or any(
        each.refuses_plain_http and (action in each.actions if exact else each.covers(action)) for each in documents(it)
    )


TRANSPORT_RULES = (
    Rule("databases-demand-tls", "PostgreSQL refuses connections in plain text.", _database_demands_tls),
    Rule("load-balancers-speak-tls", "Every port of a load balancer has TLS.", _load_balancer_speaks_tls),
)
messages_demand_tls = StackRule(
    "messages-demand-tls", "Topics and queues refuse messages in plain text.", _messages_demand_tls
)
