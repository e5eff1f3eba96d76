"""The provider's settings and the cluster they lead to, connected when first needed. Thread-safe."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from local.plugins.errors import PluginError
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.discovery import NotServed
from local.plugins.kubernetes.errors import Unreachable
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.kubeconfig import read_access
from local.plugins.kubernetes.settings import Settings


class Configuration:
    """Until `configure` is called, the defaults of an unconfigured provider."""

    def __init__(self) -> None:
        self.settings = Settings()
        self._lock, self._probe = Lock(), Lock()
        self._cluster: Cluster | None = None
        self._reachable: bool | None = None

    def configure(self, settings: Settings) -> None:
        self.settings = settings

    def cluster(self) -> Cluster:
        """The cluster; an error says which setting leads nowhere."""
        if not self.settings.known:
            raise PluginError("The provider's kubeconfig is not known yet: its cluster has not been created.")
        with self._lock:
            if self._cluster is None:
                settings = self.settings
                self._cluster = Cluster(read_access(settings.kubeconfig, settings.context, settings.cluster))
            return self._cluster

    def reachable_cluster(self, report: Callable[[str], None] = lambda _reason: None) -> Cluster | None:
        """The cluster, or None while it is not known or does not answer. Tried once; `report` is told why it is not."""
        if not self.settings.known:
            return None
        try:
            cluster = self.cluster()
            with self._probe:
                if self._reachable is None:
                    self._reachable = False
                    cluster.probe()
                    self._reachable = True
        except PluginError as error:
            report(str(error))
            return None
        return cluster if self._reachable else None

    def namespace(self) -> str:
        """Where objects without a namespace go."""
        if self.settings.namespace:
            return self.settings.namespace
        try:
            return self.cluster().access.namespace
        except PluginError:
            # Only a preview gets past this; an update then fails with the reason.
            return "default"

    def namespaced(self, kind: Kind) -> bool:
        """Custom kinds are looked up; one that no cluster knows yet is taken as namespaced, as most are."""
        if kind.cluster_scoped is not None:
            return not kind.cluster_scoped
        cluster = self.reachable_cluster()
        if cluster is None:
            return True
        try:
            return cluster.endpoint(kind).namespaced
        except (NotServed, Unreachable):
            return True
