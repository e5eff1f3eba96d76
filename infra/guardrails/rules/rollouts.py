"""What moves traffic to a new model takes it back by itself."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_have
from infra.guardrails.rules.rule import Object, Rule

_WHY = "a bad model would stay until somebody notices"


def _watched(it: Object) -> Iterator[str]:
    if it.type == aws.MODEL_SERVER:
        path = "deploymentConfig.autoRollbackConfiguration.alarms"
        yield from must_have(it.props, path, "alarms of the endpoint", _WHY)


ROLLOUT_RULES = (Rule("rollouts-are-watched", "Alarms end an update of the endpoint.", _watched),)
