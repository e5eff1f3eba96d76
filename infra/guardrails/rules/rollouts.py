"""What moves traffic to a new model takes it back by itself."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import lacks, must_be, must_have
from infra.guardrails.rules.rule import Object, Rule, at

_ON = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")
_WHY = "a bad model would stay until somebody notices"


def _rolls_back(it: Object) -> Iterator[str]:
    if it.type == aws.ROLLOUT:
        yield from must_be(it.props, "autoRollbackConfiguration.enabled", True, _WHY)
        if missing := lacks(at(it.props, "autoRollbackConfiguration", "events"), *_ON):
            yield f"{_WHY}: add {', '.join(missing)} to autoRollbackConfiguration.events"


def _watched(it: Object) -> Iterator[str]:
    if it.type == aws.ROLLOUT:
        yield from must_be(it.props, "alarmConfiguration.enabled", True, _WHY)
        yield from must_have(it.props, "alarmConfiguration.alarms", "alarms of the function", _WHY)
        why = "without an answer about alarms it would go on"
        yield from must_be(it.props, "alarmConfiguration.ignorePollAlarmFailure", False, why)
    if it.type == aws.MODEL_SERVER:
        path = "deploymentConfig.autoRollbackConfiguration.alarms"
        yield from must_have(it.props, path, "alarms of the endpoint", _WHY)


ROLLOUT_RULES = (
    Rule("rollouts-roll-back", "A rollout that fails takes traffic back.", _rolls_back),
    Rule("rollouts-are-watched", "Alarms end a rollout.", _watched),
)
