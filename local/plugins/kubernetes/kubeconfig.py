"""Which API server to talk to and as whom, from a kubeconfig.

Reads inline content, files (several in KUBECONFIG are merged), and a pod's own service account. Understands tokens,
token files, client certificates, basic auth and exec plugins (as EKS uses). Makes no connection.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.plugins.errors import PluginError

_POD_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Access:
    """A cluster and a user. `user` keeps the kubeconfig's own keys; certificates are resolved to PEM."""

    server: str
    context: str
    namespace: str
    authority: str | None
    verify: bool
    server_name: str | None
    proxy: str | None
    user: Mapping[str, Any]
    certificate: str | None
    key: str | None

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.server} (context {self.context!r})"


def read_access(kubeconfig: str | None, context: str | None, cluster: str | None) -> Access:
    """`kubeconfig` is a path or the content itself; None means KUBECONFIG, ~/.kube/config, or the pod's account."""
    if kubeconfig is None and not _default_files() and _POD_ACCOUNT.joinpath("token").exists():
        return _pod_access()
    documents = _documents(kubeconfig)
    chosen = context or next((found for doc, _ in documents if (found := doc.get("current-context"))), None)
    if not chosen:
        raise PluginError("The kubeconfig names no current context. Set `context` in the provider's settings.")
    entry, _base = _entry(documents, "contexts", "context", chosen)
    target, target_base = _entry(documents, "clusters", "cluster", cluster or str(entry.get("cluster")))
    user, user_base = _entry(documents, "users", "user", str(entry["user"])) if entry.get("user") else ({}, Path())
    return Access(
        server=str(target.get("server", "")).rstrip("/"),
        context=chosen,
        namespace=str(entry.get("namespace") or "default"),
        authority=_pem(target, "certificate-authority", target_base),
        verify=not target.get("insecure-skip-tls-verify", False),
        server_name=target.get("tls-server-name"),
        proxy=target.get("proxy-url"),
        user=user if "tokenFile" not in user else {**user, "tokenFile": str(user_base / user["tokenFile"])},
        certificate=_pem(user, "client-certificate", user_base),
        key=_pem(user, "client-key", user_base),
    )


def _default_files() -> list[Path]:
    named = [Path(part).expanduser() for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [file for file in named or [Path.home() / ".kube" / "config"] if file.exists()]


def _documents(kubeconfig: str | None) -> list[tuple[dict[str, Any], Path]]:
    """Each kubeconfig with the folder its relative paths start from."""
    if kubeconfig is not None and ("\n" in kubeconfig or kubeconfig.lstrip().startswith("{")):
        return [(_mapping(kubeconfig, "the provider's kubeconfig"), Path.cwd())]
    files = [Path(kubeconfig).expanduser()] if kubeconfig else _default_files()
    if not files:
        raise PluginError(
            "No kubeconfig: none in the provider's settings, KUBECONFIG is unset or names no file, and there is no "
            "~/.kube/config. Set `kubeconfig` (a path or the content) on the provider."
        )
    for file in files:
        if not file.exists():
            raise PluginError(f"The kubeconfig {file} does not exist. Start the cluster first, or correct the path.")
    return [(_mapping(file.read_text(), str(file)), file.parent.resolve()) for file in files]


def _mapping(text: str, source: str) -> dict[str, Any]:
    try:
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise PluginError(f"{source} is not a kubeconfig: {error}") from error
    if not isinstance(loaded, dict):
        raise PluginError(f"{source} is not a kubeconfig: a map with clusters, users and contexts is expected")
    return loaded


def _entry(
    documents: list[tuple[dict[str, Any], Path]], section: str, field: str, name: str
) -> tuple[dict[str, Any], Path]:
    names: list[str] = []
    for document, base in documents:
        for item in document.get(section) or []:
            names.append(str(item.get("name")))
            if item.get("name") == name:
                return item.get(field) or {}, base
    raise PluginError(f"The kubeconfig has no {field} {name!r}; it has {', '.join(sorted(names)) or 'none'}.")


def _pem(source: Mapping[str, Any], name: str, base: Path) -> str | None:
    if data := source.get(f"{name}-data"):
        return base64.b64decode(data).decode()
    if file := source.get(name):
        return (base / str(file)).read_text()
    return None


def _pod_access() -> Access:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return Access(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        context="pod",
        namespace=_POD_ACCOUNT.joinpath("namespace").read_text().strip(),
        authority=_POD_ACCOUNT.joinpath("ca.crt").read_text(),
        verify=True,
        server_name=None,
        proxy=None,
        user={"tokenFile": str(_POD_ACCOUNT / "token")},
        certificate=None,
        key=None,
    )
