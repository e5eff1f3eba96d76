"""Strategy, policy, replicas → the steps of a rollout. Pure."""

from __future__ import annotations

from jobs.deployment.policy import RolloutPolicy, Strategy
from jobs.deployment.step import Step

# To a version that was served before: all at once, nothing is judged.
BACK = (Step(name="all", weight=100, seconds=0, judged=False),)


def steps_of(strategy: Strategy, policy: RolloutPolicy, replicas: int) -> tuple[Step, ...]:
    """`replicas`: of the stable side now. But for a shadow, the last step gives all traffic to the new side.

    Weights never fall, and the stable side is whole until the last step is over, except where it rolls: there each
    new replica takes one old one's place and share.
    """
    bake = _judged("bake", 100, policy.bake_seconds)
    match strategy:
        case "canary":
            stages = policy.canary.stages
            return (*(_judged(f"{one.weight} %", one.weight, one.seconds) for one in stages), bake)
        case "blue-green":
            seconds = policy.blue_green.baseline_seconds
            return (Step(name="baseline", weight=0, seconds=seconds, judged=False), bake)
        case "rolling":
            return (*(_replica(number, replicas, policy.rolling.seconds) for number in range(1, replicas)), bake)
        case "shadow":
            return (Step(name="shadow", weight=0, mirror=policy.shadow.mirror, seconds=policy.shadow.seconds),)


def _judged(name: str, weight: int, seconds: float) -> Step:
    """A step without time is only gone through: nobody is there to be judged."""
    return Step(name=name, weight=weight, seconds=seconds, judged=seconds > 0)


def _replica(number: int, replicas: int, seconds: float) -> Step:
    weight = round(100 * number / replicas)
    return _judged(f"{number} of {replicas}", weight, seconds).model_copy(
        update={"new": number, "stable": replicas - number}
    )
