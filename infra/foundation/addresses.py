"""Who listens where inside the cluster: the address table of docs/architecture.md."""

from dataclasses import dataclass

PLATFORM = "ml-platform"
SERVING = "ml-serving"
TRAINING = "ml-training"
MONITORING = "ml-monitoring"


@dataclass(frozen=True)
class Endpoint:
    """A Service and the port it listens on. Pods that reach it say so in `App.reaches`."""

    service: str
    namespace: str
    port: int
    scheme: str = ""

    @property
    def host(self) -> str:
        return f"{self.service}.{self.namespace}.svc"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a client inside the cluster may use for it."""
        return tuple(
            f"{self.service}{suffix}"
            for suffix in ("", f".{self.namespace}", f".{self.namespace}.svc", f".{self.namespace}.svc.cluster.local")
        )


@dataclass(frozen=True)
class Outside:
    """A service outside the cluster, as network policies can name it: ranges of addresses and a port."""

    name: str
    cidrs: tuple[str, ...]
    port: int


Reach = Endpoint | Outside

DATABASE = Endpoint("postgres", PLATFORM, 5432, "postgresql")
STORE = Endpoint("store", PLATFORM, 9000, "https")
TRACKING = Endpoint("mlflow", PLATFORM, 5000, "http")
# Not part of the Service: Prometheus asks each pod, and MLflow's own port wants an administrator's password for this.
TRACKING_METRICS = Endpoint("mlflow", PLATFORM, 9464, "http")
# Pods of both colours; each colour has a headless Service of its own, and clients go through the gateway.
MODEL_SERVER = Endpoint("model-server", SERVING, 8080, "http")
GATEWAY = Endpoint("gateway", SERVING, 8080, "http")
# Not part of the Service: what Prometheus, probes and the rollout read of each pod.
GATEWAY_INSPECTION = Endpoint("gateway", SERVING, 9902, "http")
PROMETHEUS = Endpoint("prometheus", MONITORING, 9090, "http")
ALERTMANAGER = Endpoint("alertmanager", MONITORING, 9093, "http")
# Where Jobs leave figures that outlive them.
PUSHGATEWAY = Endpoint("pushgateway", MONITORING, 9091, "http")
KUBE_STATE_METRICS = Endpoint("kube-state-metrics", MONITORING, 8080, "http")
