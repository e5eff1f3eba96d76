"""Which cluster, and as whom."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.errors import ConfigError
from jobs.settings import Instance


@dataclass(frozen=True)
class Access:
    """Which kubeconfig (None: the pod's own account) and which of its contexts (None: the current one)."""

    kubeconfig: str | None
    context: str | None

    @classmethod
    def choose(cls, kubeconfig: Path | None = None, context: str | None = None) -> Access:
        """What is given, the instance's while MLflow is the instance's, $KUBECONFIG, in-cluster. Raises ConfigError."""
        if kubeconfig is not None:
            return cls(str(kubeconfig), context)
        instance = Instance.read()
        if instance.in_use():
            outputs = instance.outputs()
            context = context or outputs.get("clusterContext")
            if instance.kubeconfig.exists():
                return cls(str(instance.kubeconfig), context)
            if not outputs and "MLOPS_INSTANCE" in os.environ:
                raise ConfigError(
                    "the instance has no cluster", given=f"MLOPS_INSTANCE={os.environ['MLOPS_INSTANCE']}",
                    change="run `make up` for it, or give --kubeconfig",
                )  # fmt: skip
        return cls(os.environ.get("KUBECONFIG") or None, context)

    def connect(self) -> Any:
        """The client's `ApiClient`; asks no server yet. Raises ConfigError."""
        from kubernetes import client, config

        load: Any = config  # untyped
        settings = client.Configuration()
        try:
            if self.kubeconfig is not None:
                load.load_kube_config(self.kubeconfig, context=self.context, client_configuration=settings)
            else:
                load.load_incluster_config(client_configuration=settings)
        except (config.ConfigException, OSError) as error:
            raise ConfigError(
                "no Kubernetes cluster is known",
                given=f"kubeconfig {self.kubeconfig or '-'}, context {self.context or '-'}",
                change=f"run `make up`, set KUBECONFIG, or give --kubeconfig and --context ({error})",
            ) from error
        return client.ApiClient(settings)
