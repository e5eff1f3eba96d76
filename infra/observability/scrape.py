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


@dataclass(frozen=True)
class Target:
    """Every pod behind an endpoint, asked one by one; the job is named like the Service."""

    endpoint: Endpoint
    # A label of the metric wins over the target's own: `namespace` of kube-state-metrics is that of the workload.
    honor_labels: bool = False
    path: str = "/metrics"

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
                _label("__meta_kubernetes_pod_name", "pod"),
            ],
        }


# What is asked for metrics whoever asks; our own Prometheus also asks itself and Alertmanager.
PLATFORM_TARGETS = (
    Target(TRACKING_METRICS),
    Target(MODEL_SERVER),
    Target(GATEWAY_INSPECTION, path="/stats/prometheus"),
    Target(KUBE_STATE_METRICS, honor_labels=True),
    # `job` is that of who pushed.
    Target(PUSHGATEWAY, honor_labels=True),
)


def prometheus_config(targets: Sequence[Target], interval_seconds: int) -> str:
    """`prometheus.yaml`; the rules are in `rules.yaml` beside it."""
    interval = f"{interval_seconds}s"
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": interval, "evaluation_interval": interval, "scrape_timeout": "5s"},
            "rule_files": [f"{CONFIG}/rules.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER.address]}]}]},
            "scrape_configs": [target.scrape_config() for target in targets],
        },
        sort_keys=False,
    )


def scraper_config(targets: Sequence[Target]) -> str:
    """What a managed scraper takes: it evaluates no rules and sends no alerts; 30 s is the least it allows."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "30s", "scrape_timeout": "10s"},
            "scrape_configs": [target.scrape_config() for target in targets],
        },
        sort_keys=False,
    )


def _keep(source: str, value: str) -> dict[str, object]:
    return {"source_labels": [source], "regex": value, "action": "keep"}


def _label(source: str, name: str) -> dict[str, object]:
    return {"source_labels": [source], "target_label": name}
