"""Strategy, policy, replicas → the steps of a rollout. Pure."""

from __future__ import annotations

from jobs.deployment.policy import RolloutPolicy, Strategy
from jobs.deployment.step import Step


def steps_of(strategy: Strategy, policy: RolloutPolicy, replicas: int) -> tuple[Step, ...]:
    """`replicas`: of the stable side now. But for a shadow, the last step gives all traffic to the new side.

    Weights never fall, and the stable side is whole until the last step is over, except where it rolls: there each
    new replica takes one old one's place and share.
    """
    bake = Step(name="bake", weight=100, seconds=policy.bake_seconds)
    match strategy:
        case "canary":
            stages = policy.canary.stages
            return (*(Step(name=f"{one.weight} %", weight=one.weight, seconds=one.seconds) for one in stages), bake)
        case "blue-green":
            seconds = policy.blue_green.baseline_seconds
            return (Step(name="baseline", weight=0, seconds=seconds, judged=False), bake)
        case "rolling":
            return (*(_replica(number, replicas, policy.rolling.seconds) for number in range(1, replicas)), bake)
        case "shadow":
            return (Step(name="shadow", weight=0, mirror=policy.shadow.mirror, seconds=policy.shadow.seconds),)


def _replica(number: int, replicas: int, seconds: float) -> Step:
    weight = round(100 * number / replicas)
    return Step(
        name=f"{number} of {replicas}", weight=weight, seconds=seconds, new=number, stable=replicas - number
    )  # fmt: skip
