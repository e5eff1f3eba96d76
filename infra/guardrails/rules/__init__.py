"""The rules, without Pulumi: properties in, complaints out.

They stand in a folder of their own because the engine puts the pack's folder first on the path, where a file such as
`secrets.py` would hide Python's own module of that name.
"""

from infra.guardrails.rules.images import IMAGE_RULES
from infra.guardrails.rules.namespaces import NAMESPACE_RULES, every_namespace_denies_by_default
from infra.guardrails.rules.pods import POD_RULES
from infra.guardrails.rules.rule import Rule, StackRule
from infra.guardrails.rules.secrets import SECRET_RULES
from infra.guardrails.rules.services import SERVICE_RULES

RULES: tuple[Rule, ...] = (*POD_RULES, *IMAGE_RULES, *SECRET_RULES, *SERVICE_RULES, *NAMESPACE_RULES)
STACK_RULES: tuple[StackRule, ...] = (every_namespace_denies_by_default,)

__all__ = ["RULES", "STACK_RULES"]
