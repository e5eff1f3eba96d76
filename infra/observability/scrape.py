"""What Prometheus asks for metrics, and its configuration file."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from infra.foundation.addresses import (
    ALERTMANAGER,
    GATEWAY_INSPECTION,
    KUBE_STATE_METRICS,
    MODEL_SERVER,
    PUSHGATEWAY,
    TRACKING_METRICS,
    Endpoint,
)

CONFIG = "/etc/prometheus/config"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_API = "kubernetes.default.svc:443"


@dataclass(frozen=True)
class Target:
    """Every pod behind an endpoint, asked one by one; the job is named like the Service."""

    endpoint: Endpoint
    # A label of the metric wins over the target's own: `namespace` of kube-state-metrics is that of the workload.
    honor_labels: bool = False
    path: str = "/metrics"
    # Else its figures are the same whichever pod tells them, and go on when that is another.
    by_pod: bool = True

    def scrape_config(self) -> dict[str, object]:
        return {
            "job_name": self.endpoint.service,
            "honor_labels": self.honor_labels,
            "metrics_path": self.path,
            "kubernetes_sd_configs": [
                {
                    # Pods, not endpoints: a pod that is not ready still says why, and Pods are all one must read.
                    "role": "pod",
                    "namespaces": {"names": [self.endpoint.namespace]},
                    "selectors": [{"role": "pod", "label": f"app.kubernetes.io/name={self.endpoint.service}"}],
                }
            ],
            "relabel_configs": [
                _keep("__meta_kubernetes_pod_container_port_number", str(self.endpoint.port)),
                _keep("__meta_kubernetes_pod_phase", "Running"),
                _label("__meta_kubernetes_namespace", "namespace"),
                *([_label("__meta_kubernetes_pod_name", "pod")] if self.by_pod else []),
            ],
        }


# What is asked for metrics whoever asks; our own Prometheus also asks itself and Alertmanager.
PLATFORM_TARGETS = (
    Target(TRACKING_METRICS),
    Target(MODEL_SERVER),
    Target(GATEWAY_INSPECTION, path="/stats/prometheus"),
    Target(KUBE_STATE_METRICS, honor_labels=True),
    # `job` is that of who pushed.
    Target(PUSHGATEWAY, honor_labels=True, by_pod=False),
)


@dataclass(frozen=True)
class Kubelet:
    """The kubelet of every node. `keep`: names of the metrics that are taken, of thousands, as a regular expression."""

    job: str
    path: str
    keep: str

    def scrape_config(self) -> dict[str, object]:
        """Asks each kubelet itself, by a token that may read its metrics and nothing else of it."""
        return self._config([])

    def through_the_api(self) -> dict[str, object]:
        """By way of the API server, which is what Amazon's scraper may do and reach."""
        return self._config(
            [
                {"target_label": "__address__", "replacement": _API},
                {
                    "source_labels": ["__meta_kubernetes_node_name"],
                    "target_label": "__metrics_path__",
                    "replacement": f"/api/v1/nodes/$1/proxy{self.path}",
                },
            ]
        )

    def _config(self, relabel: list[dict[str, object]]) -> dict[str, object]:
        return {
            "job_name": self.job,
            "honor_labels": False,
            "scheme": "https",
            "metrics_path": self.path,
            "authorization": {"credentials_file": f"{_ACCOUNT}/token"},
            "tls_config": {"ca_file": f"{_ACCOUNT}/ca.crt"},
            "kubernetes_sd_configs": [{"role": "node"}],
            "relabel_configs": [*relabel, _label("__meta_kubernetes_node_name", "node")],
            "metric_relabel_configs": [_keep("__name__", self.keep)],
        }


# Room on volumes, and what containers use. An operator's Prometheus asks kubelets by itself.
KUBELETS = (
    Kubelet("kubelet", "/metrics", "kubelet_volume_stats_(available|capacity|used)_bytes"),
    Kubelet("cadvisor", "/metrics/cadvisor", "container_(memory_rss|memory_working_set_bytes|cpu_usage_seconds_total)"),
)


def prometheus_config(targets: Sequence[Target], interval_seconds: int) -> str:
    """`prometheus.yaml`; the rules are in `rules.yaml` beside it."""
    interval = f"{interval_seconds}s"
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": interval, "evaluation_interval": interval, "scrape_timeout": "5s"},
            "rule_files": [f"{CONFIG}/rules.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER.address]}]}]},
            "scrape_configs": [
                *(target.scrape_config() for target in targets),
                *(kubelet.scrape_config() for kubelet in KUBELETS),
            ],
        },
        sort_keys=False,
    )


def scraper_config(targets: Sequence[Target]) -> str:
    """What a managed scraper takes: it evaluates no rules and sends no alerts; 30 s is the least it allows."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "30s", "scrape_timeout": "10s"},
            "scrape_configs": [
                *(target.scrape_config() for target in targets),
                *(kubelet.through_the_api() for kubelet in KUBELETS),
            ],
        },
        sort_keys=False,
    )


def _keep(source: str, value: str) -> dict[str, object]:
    return {"source_labels": [source], "regex": value, "action": "keep"}


def _label(source: str, name: str) -> dict[str, object]:
    return {"source_labels": [source], "target_label": name}
