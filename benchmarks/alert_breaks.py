"""Parts of a running platform broken for real and mended again, one way for each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.cluster.wait import until
from tests.support.platform import Platform

PUSHED = "/api/v1/namespaces/ml-monitoring/services/pushgateway:9091/proxy/metrics/job/drift/model/drill"
FAILING = "drill-fails"
SERVERS = "app.kubernetes.io/name=model-server"


@dataclass(frozen=True)
class Break:
    """What is done, the one alert that must be told of it, and how it is undone."""

    what: str
    alert: str
    do: Callable[[], object]
    undo: Callable[[], object]


@dataclass(frozen=True)
class Breaks:
    """All of them, on one platform."""

    platform: Platform

    def serving(self) -> Break:
        [name] = [
            one["metadata"]["name"]
            for one in self._list("deployments", "ml-serving", SERVERS)
            if one["spec"]["replicas"]
        ]
        return self._scaled(
            "no model server: the active colour to 0", "ModelServingDown", "deployment", name, "ml-serving"
        )

    def gateway(self) -> Break:
        return self._scaled("no gateway: to 0", "GatewayDown", "deployment", "gateway", "ml-serving")

    def tracking(self) -> Break:
        return self._scaled("no MLflow: to 0", "TrackingUnreachable", "deployment", "mlflow", "ml-platform")

    def database(self) -> Break:
        return self._scaled("no PostgreSQL: to 0", "DatabaseDown", "statefulset", "postgres", "ml-platform")

    def training(self) -> Break:
        """As many failed training Jobs as make more than half, whatever ended well before."""
        ended = self._list("jobs", "ml-training", "job-type in (training,retraining)")
        number = sum(bool(one.get("status", {}).get("succeeded")) for one in ended) + 1

        def run() -> None:
            for each in range(number):
                self.platform.kubectl("apply", "--filename=-", given=json.dumps(self._failing(f"{FAILING}-{each}")))

        def remove() -> None:
            self.platform.kubectl("delete", "jobs", "--namespace=ml-training", f"--selector=drill={FAILING}")

        return Break(f"training Jobs that fail: {number}", "TrainingFailures", run, remove)

    def drift(self) -> Break:
        """What a drift check pushes that found drift, of a model that nobody serves or retrains."""
        report = f'mlops_drift_detected{{part="data"}} 1\nmlops_drift_check_timestamp_seconds {time.time():.0f}\n'
        return Break(
            "a drift check that finds drift, of a model of the drill",
            "DataDrifted",
            lambda: self.platform.kubectl("create", f"--raw={PUSHED}", "--filename=-", given=report),
            lambda: self.platform.kubectl("delete", f"--raw={PUSHED}"),
        )

    def _scaled(self, what: str, alert: str, kind: str, name: str, namespace: str) -> Break:
        def of(field: str) -> int:
            found = self.platform.kubectl("get", kind, name, f"--namespace={namespace}", "--output=json").stdout
            part, _, key = field.partition(".")
            return int(json.loads(found)[part].get(key) or 0)

        def scale(replicas: int) -> None:
            self.platform.kubectl("scale", kind, name, f"--namespace={namespace}", f"--replicas={replicas}")
            until(f"{name} to have {replicas}", lambda: of("status.readyReplicas") == replicas, seconds=180)

        replicas = of("spec.replicas")
        return Break(what, alert, lambda: scale(0), lambda: scale(replicas))

    def _list(self, kind: str, namespace: str, selector: str) -> list[Any]:
        found = self.platform.kubectl(
            "get", kind, f"--namespace={namespace}", f"--selector={selector}", "--output=json"
        )
        items: list[Any] = json.loads(found.stdout)["items"]
        return items

    def _failing(self, name: str) -> dict[str, Any]:
        """A training Job from the platform's template, whose program fails at once."""
        shown = self.platform.kubectl("get", "podtemplate", "training", "--namespace=ml-training", "--output=json")
        template: dict[str, Any] = json.loads(shown.stdout)["template"]
        container = template["spec"]["containers"][0]
        container |= {"command": ["/bin/false"], "args": []}
        container["resources"] = {
            "requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"},
        }  # fmt: skip
        template["spec"]["restartPolicy"] = "Never"
        labels = {"job-type": "training", "drill": FAILING}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": "ml-training", "labels": labels},
            "spec": {"backoffLimit": 0, "template": template},
        }
