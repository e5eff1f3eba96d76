"""The targets by name, connected to what they need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.deployment.run import Aliases
    from jobs.deployment.target import Target

NAMES = ("k8s", "lambda", "sagemaker")
NAMESPACE = "ml-serving"


def target_of(
    name: str, model: str, kubeconfig: Path | None = None, context: str | None = None, alias: str = "champion"
) -> Target:
    """`alias`: the champion's, which SageMaker's endpoint follows until its first rollout; others say their version.

    Raises ConfigError on a name that is none, or when there is no such place.
    """
    made: dict[str, Callable[[], Target]] = {
        "k8s": lambda: _kubernetes(model, kubeconfig, context), "lambda": _lambda,
        "sagemaker": lambda: _sagemaker(model, alias),
    }  # fmt: skip
    if name not in made:
        raise ConfigError("there is no such target", given=name, allowed=", ".join(made))
    return made[name]()


def names() -> Aliases:
    """The registry's aliases, moved with entries in the audit trail."""
    from jobs.audit.trail import Trail
    from jobs.registry.names import Names
    from jobs.registry.versions import Registry

    return Names(Registry(), Trail.open())


def _kubernetes(model: str, kubeconfig: Path | None, context: str | None) -> Target:
    from jobs.cluster.access import Access
    from jobs.cluster.workloads import Workloads
    from jobs.deployment.kubernetes import KubernetesTarget

    return KubernetesTarget(Workloads(Access.choose(kubeconfig, context), NAMESPACE), names(), model)


def _lambda() -> Target:
    from jobs.deployment.aws import lambda_target

    return lambda_target()


def _sagemaker(model: str, alias: str) -> Target:
    from jobs.deployment.aws import sagemaker_target

    return sagemaker_target(model, alias)
