"""Stacks of AWS resources in which one thing is missing or spoiled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from infra.guardrails.rules import aws
from infra.guardrails.rules.rule import Object
from tests.infra.guardrails.objects import aws as aws_objects
from tests.infra.guardrails.objects import spoiled_stack, without
from tests.infra.guardrails.spoil import Spoil, change, statement


@dataclass(frozen=True)
class BrokenStack:
    """A stack that breaks one rule about it, and the type of what is complained about."""

    rule: str
    what: str
    stack: Sequence[Object]
    about: str


# Rule, what it is about, and what that cannot do without.
_MISSING = (
    ("buckets-are-private", aws.BUCKET, aws.BUCKET_ACCESS),
    ("buckets-are-encrypted", aws.BUCKET, aws.BUCKET_ENCRYPTION),
    ("buckets-keep-versions", aws.BUCKET, aws.BUCKET_VERSIONS),
    ("buckets-know-no-acl", aws.BUCKET, aws.BUCKET_OWNERSHIP),
    ("kept-backups-are-locked", aws.BUCKET, aws.BUCKET_LOCK),
    ("default-firewalls-are-closed", aws.NETWORK, aws.DEFAULT_FIREWALL),
    ("networks-log-their-traffic", aws.NETWORK, aws.FLOW_LOG),
    ("messages-demand-tls", aws.TOPIC, aws.TOPIC_POLICY),
    ("messages-demand-tls", aws.QUEUE, aws.QUEUE_POLICY),
)
_AES = {"sseAlgorithm": "AES256"}
_OVER_TLS = {"Bool": {"aws:SecureTransport": "true"}}
# Rule, what it is about, what is spoiled, in which way, and how.
_SPOILED: tuple[tuple[str, str, str, str, Spoil], ...] = (
    ("buckets-are-private", aws.BUCKET, aws.BUCKET_ACCESS, "one open", change("restrictPublicBuckets", False)),
    (
        "buckets-are-encrypted", aws.BUCKET, aws.BUCKET_ENCRYPTION, "no key of ours",
        change("rules.0.applyServerSideEncryptionByDefault", _AES),
    ),
    (
        "buckets-are-encrypted", aws.BUCKET, aws.BUCKET_ENCRYPTION, "a call to KMS for each object",
        change("rules.0.bucketKeyEnabled", None),
    ),
    ("buckets-demand-tls", aws.BUCKET, aws.BUCKET_POLICY, "allowed", statement(Effect="Allow", Action="s3:GetObject")),
    ("buckets-refuse-other-keys", aws.BUCKET, aws.BUCKET_POLICY, "any key", statement(-2, Condition={})),
    ("buckets-refuse-other-keys", aws.BUCKET, aws.BUCKET_POLICY, "own keys", statement(-1, Action="s3:GetObject")),
    ("buckets-demand-tls", aws.BUCKET, aws.BUCKET_POLICY, "only the bucket", statement(Resource=["arn"])),
    ("buckets-demand-tls", aws.BUCKET, aws.BUCKET_POLICY, "the wrong way round", statement(Condition=_OVER_TLS)),
    ("buckets-demand-tls", aws.BUCKET, aws.BUCKET_POLICY, "only one role", statement(Principal={"AWS": "arn"})),
    ("buckets-keep-versions", aws.BUCKET, aws.BUCKET_VERSIONS, "off", change("versioningConfiguration.status", "Off")),
    ("buckets-know-no-acl", aws.BUCKET, aws.BUCKET_OWNERSHIP, "lists", change("rule.objectOwnership", "ObjectWriter")),
    ("kept-backups-are-locked", aws.BUCKET, aws.BUCKET_LOCK, "a day", change("rule.defaultRetention.days", 1)),
    ("kept-backups-are-locked", aws.BUCKET, aws.BUCKET, "cannot lock", change("objectLockEnabled", None)),
    ("default-firewalls-are-closed", aws.NETWORK, aws.DEFAULT_FIREWALL, "open", change("ingress", [{"self": True}])),
    ("networks-log-their-traffic", aws.NETWORK, aws.FLOW_LOG, "only refused", change("trafficType", "REJECT")),
    ("messages-demand-tls", aws.TOPIC, aws.TOPIC_POLICY, "what SNS refuses", statement(-1, Action="*")),
    ("messages-demand-tls", aws.QUEUE, aws.QUEUE_POLICY, "only reading", statement(Action="sqs:ReceiveMessage")),
    ("kept-stacks-run-digests", aws.FUNCTION, aws.FUNCTION, "a tag", change("imageUri", "r/predict:1")),
    ("kept-stacks-run-digests", aws.MODEL, aws.MODEL, "a tag", change("primaryContainer.image", "r/predict:1")),
)  # fmt: skip


def broken_stacks() -> Iterator[BrokenStack]:
    """At least one for every rule about a stack of AWS resources."""
    for rule, about, part in _MISSING:
        yield BrokenStack(rule, f"no {part}", without(part), about)
    for rule, about, part, what, spoil in _SPOILED:
        yield BrokenStack(rule, what, spoiled_stack(part, spoil), about)
    guard = next(it for it in aws_objects() if it.type == aws.BUCKET_POLICY)
    bare = [replace(it, protect=False) if it is guard else it for it in aws_objects()]
    yield BrokenStack("kept-buckets-keep-their-guards", "a policy that may go", bare, aws.BUCKET_POLICY)
