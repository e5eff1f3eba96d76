"""What the simulated node's programs read: the control plane's flags as on a real node, kwok instead of a kubelet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from local.cluster import control_plane
from local.cluster.etc import write_identities, write_programs
from local.cluster.instance import Instance

STAGES = Path(__file__).with_name("stages.yaml")
# On the host's end of the link to the node, so two clusters do not meet here.
WEBHOOK_PORT = 6444
_ETC = "/etc/kubernetes"


def write_simulated_etc(instance: Instance) -> None:
    """Writes everything that the simulated node reads."""
    write_identities(instance, ("kube-controller-manager", "kube-scheduler", "admin"))
    etc = instance.folder / "etc"
    shutil.copy(STAGES, etc / STAGES.name)
    (etc / "token-webhook.json").write_text(json.dumps(token_webhook(instance)))
    write_programs(instance, {
        # Nothing here outlives the node, so nothing has to reach the disk.
        "etcd": [*control_plane.etcd(), "--unsafe-no-fsync"],
        "kube-apiserver": [
            *control_plane.api_server(instance),
            f"--authentication-token-webhook-config-file={_ETC}/token-webhook.json",
            "--authentication-token-webhook-version=v1",
            # A refusal is remembered as long, and an access entry may be made a moment after the cluster.
            "--authentication-token-webhook-cache-ttl=5s",
        ],
        "kube-controller-manager": [
            *control_plane.controller_manager(instance),
            # Without these the first service account is there after 9 s instead of 4: the manager ends when it comes
            # before the right to look its callers up, and it asks the API server 20 things a second at most.
            "--authentication-skip-lookup=true", "--kube-api-qps=500", "--kube-api-burst=1000",
            # Autoscalers have nothing to measure here; they bring a Deployment to its minimum, by default after 15 s.
            "--horizontal-pod-autoscaler-sync-period=1s",
        ],
        "kube-scheduler": control_plane.scheduler(),
        "kwok": kwok(instance),
    })  # fmt: skip


def kwok(instance: Instance) -> list[str]:
    return [
        "kwok", f"--kubeconfig={_ETC}/admin.conf", f"--config={_ETC}/{STAGES.name}", "--manage-all-nodes",
        f"--cidr={instance.pod_range}", f"--node-ip={instance.node_address}", "--node-lease-duration-seconds=40",
    ]  # fmt: skip


def token_webhook(instance: Instance) -> dict[str, object]:
    """How the API server asks who a token's owner is, as a kubeconfig. Plain HTTP: the link has no other ends."""
    server = f"http://{instance.host_address}:{WEBHOOK_PORT}/"
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "eks",
        "clusters": [{"name": "eks", "cluster": {"server": server}}],
        "users": [{"name": "eks", "user": {}}],
        "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
    }  # fmt: skip
