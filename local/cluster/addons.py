"""What turns a bare Kubernetes into a usable one: DNS, metrics and volumes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from string import Template

from local.cache import digest
from local.cluster.instance import Instance
from local.errors import LocalError

FOLDER = Path(__file__).with_name("addons")
# metrics-server is ready only after its first scrapes, 20 s later, and nothing that starts needs it.
DEPLOYMENTS = (("kube-system", "coredns"), ("local-volumes", "provisioner"))


def render_addons(instance: Instance, images: Mapping[str, str]) -> str:
    """All manifests as one YAML stream. `images` maps image names to references."""
    return "---\n".join(_render(path.read_text(), instance, images) for path in sorted(FOLDER.glob("*.yaml")))


def _render(text: str, instance: Instance, images: Mapping[str, str]) -> str:
    # Their programs read their ConfigMaps only when they start: another manifest rolls their pods.
    return Template(text).substitute({**images, "dns_address": instance.dns_address, "manifest": digest(text)})


def apply_addons(instance: Instance, toolchain: Path, images: Mapping[str, str]) -> None:
    """Applies the manifests; they are the same after a second call."""
    command = [
        str(toolchain / "kubernetes"), "kubectl", "--kubeconfig", str(instance.kubeconfig),
        "apply", "--server-side", "--force-conflicts", "--field-manager=mlops-local", "-f", "-",
    ]  # fmt: skip
    done = subprocess.run(command, input=render_addons(instance, images), text=True, capture_output=True)
    if done.returncode:
        raise LocalError(f"the cluster refused its add-ons:\n{done.stderr.strip()}")
