"""The policy pack: `pulumi preview --policy-pack infra/guardrails`."""

import sys
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

# The engine runs this folder as a program of its own: `infra` can be imported once the repository is on the path.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from infra.guardrails.engine import of_stack, single
from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules.rule import Rule, StackRule


def _resource_policy(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for complaint in rule.check(single(args)):
            report(complaint, None)

    return ResourceValidationPolicy(rule.name, rule.description, validate)


def _stack_policy(rule: StackRule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for it, complaint in rule.check([of_stack(resource) for resource in args.resources]):
            report(complaint, it.urn)

    return StackValidationPolicy(rule.name, rule.description, validate)


PolicyPack(
    name="mlops-guardrails",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[*map(_resource_policy, RULES), *map(_stack_policy, STACK_RULES)],
)
