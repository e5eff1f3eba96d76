"""The container that every MLflow process runs in: server, schema upgrade, users."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from infra.foundation import volumes, workload
from infra.foundation.access import Access
from infra.foundation.addresses import TRACKING, TRACKING_METRICS
from infra.foundation.resources import Resources
from infra.tracking import configuration


@dataclass(frozen=True)
class Process:
    """One image, one Secret of files and one environment for all of them, so that they cannot disagree."""

    image: str
    secret_name: pulumi.Input[str]
    store: Access
    store_secret: pulumi.Input[str]
    env: dict[str, pulumi.Input[str]] = field(default_factory=dict)

    def container(
        self,
        module: str,
        resources: Resources,
        *,
        serves: bool = False,
        probes: workload.Probes | None = None,
        pre_stop: Sequence[str] = (),
    ) -> workload.Container:
        """`python -m jobs.tracking.<module>`."""
        return workload.Container(
            name=module,
            image=self.image,
            resources=resources,
            command=["python", "-m", f"jobs.tracking.{module}"],
            env={**self.store.env(self.store_secret), **self.env, "MLOPS_TRACKING_SECRETS": configuration.SECRETS},
            ports={"http": TRACKING.port, "metrics": TRACKING_METRICS.port} if serves else {},
            mounts=[
                *self.store.mounts(self.store_secret),
                volumes.secret("secrets", self.secret_name, configuration.SECRETS),
            ],
            probes=probes,
            pre_stop=pre_stop,
        )
