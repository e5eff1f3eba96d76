"""What turns a bare Kubernetes into a usable one: DNS, metrics and volumes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from string import Template

from local.cluster.instance import Instance
from local.errors import LocalError

FOLDER = Path(__file__).with_name("addons")
DEPLOYMENTS = (("kube-system", "coredns"), ("kube-system", "metrics-server"), ("local-volumes", "provisioner"))


def render_addons(instance: Instance, images: Mapping[str, str]) -> str:
    """All manifests as one YAML stream. `images` maps image names to references."""
    values = {**images, "dns_address": instance.dns_address}
    return "---\n".join(Template(path.read_text()).substitute(values) for path in sorted(FOLDER.glob("*.yaml")))


def apply_addons(instance: Instance, toolchain: Path, images: Mapping[str, str]) -> None:
    """Applies the manifests; they are the same after a second call."""
    command = [
        str(toolchain / "kubernetes"), "kubectl", "--kubeconfig", str(instance.kubeconfig),
        "apply", "--server-side", "--force-conflicts", "--field-manager=mlops-local", "-f", "-",
    ]  # fmt: skip
    done = subprocess.run(command, input=render_addons(instance, images), text=True, capture_output=True)
    if done.returncode:
        raise LocalError(f"the cluster refused its add-ons:\n{done.stderr.strip()}")
