"""Everything says whose it is and who pays."""

from collections.abc import Iterator
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule

REQUIRED = ("owner", "cost-center", "environment", "managed-by", "durability")
# Types of our stacks that AWS lets have tags; a test compares with the SDK.
TAGGABLE = frozenset((
    aws.NETWORK, aws.SUBNET, "aws:ec2/routeTable:RouteTable", "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", aws.DOOR, aws.FIREWALL,
    aws.DEFAULT_FIREWALL, aws.FLOW_LOG, aws.NODE_TEMPLATE, aws.FIREWALL_INGRESS, aws.FIREWALL_EGRESS, aws.CLUSTER,
    aws.NODE_GROUP, aws.ADDON, "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "aws:eks/accessEntry:AccessEntry", aws.ROLE, aws.KEY, aws.DATABASE, aws.DATABASE_PARAMETERS,
    "aws:rds/subnetGroup:SubnetGroup", aws.BUCKET, aws.REPOSITORY, aws.LOG_GROUP,
    "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/eventRule:EventRule", aws.FUNCTION,
    "aws:apigatewayv2/api:Api", aws.API_STAGE, aws.QUEUE, aws.TOPIC, aws.MODEL, aws.MODEL_ENDPOINT,
    aws.SECRET, aws.MODEL_SERVER, "aws:appautoscaling/target:Target", "aws:budgets/budget:Budget",
    aws.METRICS, "aws:amp/ruleGroupNamespace:RuleGroupNamespace", "aws:amp/scraper:Scraper",
))  # fmt: skip
# What an instance starts with; without, the largest part of the bill belongs to nobody.
_STARTED = ("instance", "volume")


def _tagged(it: Object) -> Iterator[str]:
    if it.type in TAGGABLE and (missing := _missing(it.tags)):
        yield f"tags {missing} are missing: give it tags=cloud.tagged(…)"


def _started_tagged(it: Object) -> Iterator[str]:
    if it.type == aws.NODE_TEMPLATE:
        specifications = it.props.get("tagSpecifications")
        by_type = {each.get("resourceType"): each.get("tags") for each in items(specifications)}
        for kind in _STARTED if UNKNOWN not in (specifications, *by_type) else ():
            if missing := _missing(by_type.get(kind) or {}):
                yield f"every {kind} it starts lacks tags {missing}: add them to tagSpecifications for {kind!r}"


def _missing(tags: Any) -> str:
    return "" if tags is UNKNOWN else ", ".join(name for name in REQUIRED if not tags.get(name))


TAGGING_RULES = (
    Rule("resources-are-tagged", "Every resource has the tags that say whose it is.", _tagged),
    Rule("machines-are-tagged", "Every instance and disk of a node group has them too.", _started_tagged),
)
