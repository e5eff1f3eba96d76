"""One policy of each kind."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


def encrypted(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == "aws:rds/instance:Instance" and not args.props.get("storageEncrypted"):
        report("set storageEncrypted to true", None)


def replicated(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == "aws:s3/bucket:Bucket":
        report("replicate it", None)


def watched(args: StackValidationArgs, report: ReportViolation) -> None:
    if not any("MetricAlarm" in resource.resource_type for resource in args.resources):
        report("add an alarm", None)


PolicyPack(
    name="trial",
    enforcement_level=EnforcementLevel.ADVISORY,
    policies=[
        ResourceValidationPolicy("encrypted", "Databases are encrypted.", encrypted, EnforcementLevel.MANDATORY),
        ResourceValidationPolicy("replicated", "Buckets are replicated.", replicated),
        StackValidationPolicy("watched", "Something is watched.", watched),
    ],
)
