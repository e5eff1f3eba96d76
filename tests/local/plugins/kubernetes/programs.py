"""Small Pulumi programs on a cluster. Each begins with a provider `o` and a namespace `n` of its own."""

from __future__ import annotations

import textwrap

_START = """
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
o = pulumi.ResourceOptions(provider=k8s.Provider("trial", kubeconfig=config.require("kubeconfig")))
n = k8s.core.v1.Namespace("trial", opts=o).metadata.name
pulumi.export("namespace", n)
"""

# A container that keeps Pod Security's `restricted` and needs no network.
CONTAINER = """
def container(image, command=None):
    return {
        "name": "main", "image": image, "imagePullPolicy": "IfNotPresent", **({"command": command} if command else {}),
        "resources": {"requests": {"cpu": "1m", "memory": "8Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 65532,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
"""


def program(body: str) -> str:
    return _START + CONTAINER + textwrap.dedent(body)


def deployment(image: str, extra: str = "") -> str:
    """A Deployment `web` that reads a ConfigMap `settings`; `extra` goes into its arguments."""
    return program(f"""
        mode = {{"mode": config.get("mode") or "a"}}
        settings = k8s.core.v1.ConfigMap("settings", metadata={{"namespace": n}}, data=mode, opts=o)
        main = {{**container({image!r}), "envFrom": [{{"configMapRef": {{"name": settings.metadata.name}}}}]}}
        labels = {{"app": "web"}}
        web = k8s.apps.v1.Deployment("web", metadata={{"namespace": n}}, spec={{
            "replicas": config.get_int("replicas") or 1, "selector": {{"matchLabels": labels}},
            "template": {{"metadata": {{"labels": labels}}, "spec": {{
                "containers": [main], "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False}}}},
        }}, opts=pulumi.ResourceOptions.merge(o, pulumi.ResourceOptions({extra})))
        service = k8s.core.v1.Service("web", metadata={{"namespace": n}}, spec={{
            "selector": labels, "ports": [{{"port": 80}}]}}, opts=o)
        pulumi.export("settings", settings.metadata.name)
        pulumi.export("web", web.id)
        pulumi.export("ready", web.status.ready_replicas)
        pulumi.export("address", service.spec.cluster_ip)
    """)
