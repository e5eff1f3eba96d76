"""Parts of a running platform broken for real and mended again, one way for each. Mending twice does no harm."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.alert_disk import FILLED_MB, SIZE_MB, fill, free
from benchmarks.alert_traffic import Traffic
from infra.foundation.quantities import millicores
from local.cluster.wait import until
from tests.support import faults
from tests.support.platform import Platform

PUSHED = "/api/v1/namespaces/ml-monitoring/services/pushgateway:9091/proxy/metrics/job/drift/model/drill"
FAILING = "drill-fails"
NAME = "app.kubernetes.io/name"
SERVERS = f"{NAME}=model-server"
# Seconds that one answer in ten takes at least: more than 200 ms, and far from the 2 s of another alert.
SLOW_SECONDS = 0.4
# What slow servers have of a core at first, and how much less until they are slow: an answer costs one machine 15 ms
# and another 60, and beside it the server works on its log and on probes.
SHARE, LESS = 0.2, 0.7
# Answers: the first of a server that has just begun take several times as long as later ones.
COLD, MEASURED = 20, 12
SCALED = ("ml-serving", "ml-platform")


@dataclass(frozen=True)
class Break:
    """What is done, the one alert that must be told of it, and how it is undone."""

    what: str
    alert: str
    do: Callable[[], object]
    undo: Callable[[], object]


def replicas(platform: Platform) -> dict[str, int]:
    """`namespace/kind/name` → how many replicas every server has that has any."""
    found = {}
    for namespace in SCALED:
        for kind in ("deployment", "statefulset"):
            for one in _list(platform, kind, namespace):
                if one["spec"]["replicas"]:
                    found[f"{namespace}/{kind}/{one['metadata']['name']}"] = one["spec"]["replicas"]
    return found


@dataclass(frozen=True)
class Breaks:
    """All of them, on one platform; `replicas` is how it was. `go_on` raises when nothing more may be waited for."""

    platform: Platform
    replicas: Mapping[str, int]
    traffic: Traffic | None = None
    go_on: Callable[[], None] = lambda: None

    def of(self, part: str) -> Break:
        made: Break = getattr(self, part)()
        return made

    def serving(self) -> Break:
        colours = [one for one in self.replicas if one.startswith("ml-serving/deployment/model-server-")]
        return self._scaled("no model server: to 0 pods", "ModelServingDown", colours)

    def gateway(self) -> Break:
        return self._scaled("no gateway: to 0 pods", "GatewayDown", ["ml-serving/deployment/gateway"])

    def tracking(self) -> Break:
        return self._scaled("no MLflow: to 0 pods", "TrackingUnreachable", ["ml-platform/deployment/mlflow"])

    def database(self) -> Break:
        return self._scaled("no PostgreSQL: to 0 pods", "DatabaseDown", ["ml-platform/statefulset/postgres"])

    def training(self) -> Break:
        """As many failed training Jobs as make more than half, whatever ended well before."""

        def run() -> None:
            ended = _list(self.platform, "jobs", "ml-training", "job-type in (training,retraining)")
            for each in range(sum(bool(one.get("status", {}).get("succeeded")) for one in ended) + 1):
                self.platform.kubectl("apply", "--filename=-", given=json.dumps(self._failing(f"{FAILING}-{each}")))

        def remove() -> None:
            self.platform.kubectl("delete", "jobs", "--namespace=ml-training", f"--selector=drill={FAILING}")

        return Break("training Jobs that fail, more than end well", "TrainingFailures", run, remove)

    def drift(self) -> Break:
        """What a drift check pushes that found drift, of a model that nobody serves or retrains.

        The next one finds none. What is removed from the gateway instead counts on for as long as a check does.
        """

        def push(found: int) -> None:
            # A pushgateway refuses a metric that is a gauge of one and of no type of another.
            types = "".join(f"# TYPE mlops_drift_{name} gauge\n" for name in ("detected", "check_timestamp_seconds"))
            values = (
                f'mlops_drift_detected{{part="data"}} {found}\nmlops_drift_check_timestamp_seconds {time.time():.0f}\n'
            )
            self.platform.kubectl("create", f"--raw={PUSHED}", "--filename=-", given=types + values)

        return Break(
            "drift: what a check pushes that found some, of a model of the drill",
            "DataDrifted",
            lambda: push(1),
            lambda: push(0),
        )

    def slow(self) -> Break:
        """All but the one whose disk is full: that one must go on answering Prometheus in time."""

        def calm() -> None:
            assert self.traffic, "nobody asks: nothing is slow"
            self.traffic.hurry(False)
            self._answers(COLD)
            share = SHARE
            while self._throttled(share) < SLOW_SECONDS:
                share *= LESS
                assert share > 0.01, "with a hundredth of a core an answer still takes too little"

        def hurry() -> None:
            faults.throttle(self._servers(), self._limit())
            if self.traffic:
                self.traffic.hurry(True)

        what = f"slow model servers, all but one: so little CPU that one answer in ten takes {SLOW_SECONDS:g} s"
        return Break(what, "ModelLatencyHigh", calm, hurry)

    def disk(self) -> Break:
        return Break(
            f"a full disk: {FILLED_MB} of {SIZE_MB} MB, the quota of one model server for the time",
            "NodeDiskNearlyFull",
            lambda: fill(self._servers()[0]),
            lambda: free(self._servers()),
        )

    def _servers(self) -> list[str]:
        """Model servers that run, by the uid of their pods."""
        pods = _list(self.platform, "pods", "ml-serving", SERVERS)
        there = [one["metadata"] for one in pods if one["status"].get("phase") == "Running"]
        return sorted(one["uid"] for one in there if "deletionTimestamp" not in one)

    def _throttled(self, share: float) -> float:
        """Seconds that one answer in ten took at least, of those with so little of a core."""
        assert faults.throttle(self._servers()[1:], share), "no second model server runs: none is slowed down"
        return sorted(self._answers(MEASURED), reverse=True)[MEASURED // 10]

    def _answers(self, number: int) -> list[float]:
        """Waits for so many more → seconds of each."""
        assert self.traffic
        traffic, before = self.traffic, len(self.traffic.took)

        def more() -> bool:
            self.go_on()
            return len(traffic.took) >= before + number

        until(f"{number} answers of the model servers", more, seconds=180)
        return traffic.took[before:]

    def _limit(self) -> float:
        """Cores that a model server may use."""
        server = _list(self.platform, "deployments", "ml-serving", SERVERS)[0]["spec"]["template"]["spec"]
        return millicores(server["containers"][0]["resources"]["limits"]["cpu"]) / 1000

    def _scaled(self, what: str, alert: str, workloads: Iterable[str]) -> Break:
        named = list(workloads)

        def down() -> None:
            for one in named:
                self._scale(one, 0)
            for one in named:
                self._await(one, 0, self.go_on)

        def up() -> None:
            for one in named:
                self._scale(one, self.replicas[one])
            for one in named:
                self._await(one, self.replicas[one], lambda: None)

        return Break(what, alert, down, up)

    def _scale(self, workload: str, number: int) -> None:
        namespace, kind, name = workload.split("/")
        self.platform.kubectl("scale", kind, name, f"--namespace={namespace}", f"--replicas={number}")

    def _await(self, workload: str, number: int, go_on: Callable[[], None]) -> None:
        namespace, kind, name = workload.split("/")

        def ready() -> int:
            go_on()
            found = self.platform.kubectl("get", kind, name, f"--namespace={namespace}", "--output=json").stdout
            return int(json.loads(found)["status"].get("readyReplicas") or 0)

        # More than were there is as well: the autoscaler may have added some.
        until(f"{workload} to have {number}", lambda: ready() >= number if number else not ready(), seconds=300)

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


def _list(platform: Platform, kind: str, namespace: str, selector: str = "") -> list[Any]:
    wanted = [f"--selector={selector}"] if selector else []
    found = platform.kubectl("get", kind, f"--namespace={namespace}", *wanted, "--output=json")
    items: list[Any] = json.loads(found.stdout)["items"]
    return items
