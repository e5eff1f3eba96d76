"""The rules, without Pulumi: properties in, complaints out.

They stand in a folder of their own because the engine puts the pack's folder first on the path, where a file such as
`secrets.py` would hide Python's own module of that name.
"""

from infra.guardrails.rules.buckets import BUCKET_RULES
from infra.guardrails.rules.clusters import CLUSTER_RULES
from infra.guardrails.rules.doors import DOOR_RULES
from infra.guardrails.rules.encryption import ENCRYPTION_RULES
from infra.guardrails.rules.firewalls import FIREWALL_RULES, default_firewalls_are_closed
from infra.guardrails.rules.functions import FUNCTION_RULES
from infra.guardrails.rules.images import IMAGE_RULES, kept_stacks_run_digests
from infra.guardrails.rules.logs import LOG_RULES, networks_log_their_traffic
from infra.guardrails.rules.namespaces import NAMESPACE_RULES, every_namespace_denies_by_default
from infra.guardrails.rules.nodes import NODE_RULES
from infra.guardrails.rules.permissions import PERMISSION_RULES
from infra.guardrails.rules.pods import POD_RULES
from infra.guardrails.rules.principals import PRINCIPAL_RULES
from infra.guardrails.rules.protection import PROTECTION_RULES
from infra.guardrails.rules.public import PUBLIC_RULES
from infra.guardrails.rules.repositories import REPOSITORY_RULES
from infra.guardrails.rules.rollouts import ROLLOUT_RULES
from infra.guardrails.rules.rule import Rule, StackRule
from infra.guardrails.rules.secrets import SECRET_RULES
from infra.guardrails.rules.services import SERVICE_RULES
from infra.guardrails.rules.tagging import TAGGING_RULES
from infra.guardrails.rules.transport import TRANSPORT_RULES, messages_demand_tls

RULES: tuple[Rule, ...] = (
    *POD_RULES, *IMAGE_RULES, *SECRET_RULES, *SERVICE_RULES, *NAMESPACE_RULES,
    *PUBLIC_RULES, *FIREWALL_RULES, *DOOR_RULES, *PRINCIPAL_RULES, *ENCRYPTION_RULES, *TRANSPORT_RULES,
    *PERMISSION_RULES, *TAGGING_RULES, *PROTECTION_RULES, *NODE_RULES, *CLUSTER_RULES, *FUNCTION_RULES,
    *ROLLOUT_RULES, *LOG_RULES, *REPOSITORY_RULES,
)  # fmt: skip
STACK_RULES: tuple[StackRule, ...] = (
    every_namespace_denies_by_default,
    default_firewalls_are_closed,
    messages_demand_tls,
    networks_log_their_traffic,
    kept_stacks_run_digests,
    *BUCKET_RULES,
)

__all__ = ["RULES", "STACK_RULES"]
