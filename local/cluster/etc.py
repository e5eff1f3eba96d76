"""The node's /etc/kubernetes in the instance's folder: certificates once, configuration files at every start."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from local.cluster import control_plane
from local.cluster.instance import Instance
from local.cluster.pki import Authority, Pair, new_signing_key


def write_etc(instance: Instance, pause_image: str) -> None:
    """Writes everything the programs of a whole node read. Certificates and keys that exist are kept."""
    write_identities(instance, ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"))
    etc = instance.folder / "etc"
    (etc / "kubelet.json").write_text(json.dumps(control_plane.kubelet_configuration(instance)))
    (etc / "kube-proxy.json").write_text(json.dumps(control_plane.proxy_configuration(instance)))
    (etc / "pods.conflist").write_text(json.dumps(control_plane.cni_configuration(instance)))
    (etc / "containerd.toml").write_text(control_plane.containerd_configuration(pause_image))
    write_programs(instance, {
        "etcd": control_plane.etcd(),
        "containerd": ["containerd", "--config", "/etc/kubernetes/containerd.toml"],
        "kube-apiserver": control_plane.api_server(instance),
        "kube-controller-manager": control_plane.controller_manager(instance),
        "kube-scheduler": control_plane.scheduler(),
        "kubelet": control_plane.kubelet(instance),
        "kube-proxy": control_plane.proxy(),
    })  # fmt: skip


def write_identities(instance: Instance, users: Iterable[str]) -> None:
    """Writes certificates, once, and a kubeconfig for each user of the node and for the administrator."""
    etc = instance.folder / "etc"
    pki = etc / "pki"
    if not (pki / ".complete").exists():
        _write_pki(instance, pki)
    server = f"https://{instance.node_address}:6443"
    for user in users:
        _private(etc / f"{user}.conf", _kubeconfig(pki, server, user))
    _private(instance.kubeconfig, _kubeconfig(pki, server, "admin"))


def write_programs(instance: Instance, programs: Mapping[str, Sequence[str]]) -> None:
    """Writes what the node's first process starts, and starts again when it ends: a log's name and a command line."""
    lines = (f"{name} {shlex.join(argv)}\n" for name, argv in programs.items())
    (instance.folder / "etc" / "programs").write_text("".join(lines))


def _write_pki(instance: Instance, pki: Path) -> None:
    pki.mkdir(parents=True, exist_ok=True)
    authority = Authority.create(f"mlops-{instance.name}")
    api_names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
    node = instance.node_name
    pairs = {
        "ca": authority.pair,
        "apiserver": authority.issue(
            "kube-apiserver", hosts=[*api_names, instance.api_service_address, instance.node_address, "127.0.0.1"]
        ),
        "admin": authority.issue("admin", group="system:masters"),
        "front-proxy": authority.issue("front-proxy-client"),
        "kube-controller-manager": authority.issue("system:kube-controller-manager"),
        "kube-scheduler": authority.issue("system:kube-scheduler"),
        "kube-proxy": authority.issue("system:kube-proxy"),
        "kubelet": authority.issue(f"system:node:{node}", group="system:nodes", hosts=[node, instance.node_address]),
    }
    for name, pair in pairs.items():
        _write_pair(pki / name, pair)
    _private(pki / "service-account.key", new_signing_key().decode())
    (pki / ".complete").touch()


def _write_pair(path: Path, pair: Pair) -> None:
    path.with_suffix(".crt").write_bytes(pair.certificate)
    _private(path.with_suffix(".key"), pair.key.decode())


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(text)


def _kubeconfig(pki: Path, server: str, user: str) -> str:
    def encoded(name: str) -> str:
        return base64.b64encode((pki / name).read_bytes()).decode()

    return control_plane.kubeconfig(server, encoded("ca.crt"), encoded(f"{user}.crt"), encoded(f"{user}.key"))
