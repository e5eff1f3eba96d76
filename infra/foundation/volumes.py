"""Volumes with the place they are mounted at, so that a container names both at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation.apps import App


@dataclass(frozen=True)
class Mount:
    """A volume at a path. `volume` is None when a StatefulSet's claim template provides it."""

    name: str
    path: str
    volume: core.VolumeArgs | None
    read_only: bool = True
    sub_path: str | None = None

    def args(self) -> core.VolumeMountArgs:
        return core.VolumeMountArgs(
            name=self.name, mount_path=self.path, read_only=self.read_only, sub_path=self.sub_path
        )


def secret(
    name: str, secret_name: pulumi.Input[str], path: str, keys: Mapping[str, str] | None = None, mode: int = 0o440
) -> Mount:
    """A Secret as files. `keys` maps key → file name; without it every key becomes a file of its own name."""
    source = core.SecretVolumeSourceArgs(secret_name=secret_name, default_mode=mode, items=_items(keys))
    return Mount(name, path, core.VolumeArgs(name=name, secret=source))


def file(name: str, secret_name: pulumi.Input[str], key: str, path: str, mode: int = 0o440) -> Mount:
    """One key of a Secret as one file; its folder stays open for files of other volumes."""
    source = core.SecretVolumeSourceArgs(secret_name=secret_name, default_mode=mode, items=_items({key: key}))
    return Mount(name, path, core.VolumeArgs(name=name, secret=source), sub_path=key)


def config(
    name: str, config_map: pulumi.Input[str], path: str, keys: Mapping[str, str] | None = None, mode: int = 0o444
) -> Mount:
    """A ConfigMap as files."""
    source = core.ConfigMapVolumeSourceArgs(name=config_map, default_mode=mode, items=_items(keys))
    return Mount(name, path, core.VolumeArgs(name=name, config_map=source))


def scratch(name: str, path: str, size: str = "64Mi", *, in_memory: bool = False) -> Mount:
    """An emptyDir. One in memory counts against the container's memory limit."""
    source = core.EmptyDirVolumeSourceArgs(size_limit=size, medium="Memory" if in_memory else None)
    return Mount(name, path, core.VolumeArgs(name=name, empty_dir=source), read_only=False)


def kubernetes_token() -> Mount:
    """What a client of the cluster's API looks for in a pod, with a token of an hour that the kubelet renews.

    Projected by ourselves: the token that Kubernetes mounts by itself reaches every container.
    """
    sources = [
        core.VolumeProjectionArgs(
            service_account_token=core.ServiceAccountTokenProjectionArgs(path="token", expiration_seconds=3600)
        ),
        core.VolumeProjectionArgs(
            config_map=core.ConfigMapProjectionArgs(
                name="kube-root-ca.crt", items=[core.KeyToPathArgs(key="ca.crt", path="ca.crt")]
            )
        ),
        core.VolumeProjectionArgs(
            downward_api=core.DownwardAPIProjectionArgs(
                items=[
                    core.DownwardAPIVolumeFileArgs(
                        path="namespace", field_ref=core.ObjectFieldSelectorArgs(field_path="metadata.namespace")
                    )
                ]
            )
        ),
    ]
    volume = core.VolumeArgs(
        name="kubernetes", projected=core.ProjectedVolumeSourceArgs(sources=sources, default_mode=0o440)
    )
    return Mount("kubernetes", "/var/run/secrets/kubernetes.io/serviceaccount", volume)


def claim(name: str, path: str) -> Mount:
    """The mount of a StatefulSet's volume claim template of the same name."""
    return Mount(name, path, None, read_only=False)


def claim_template(name: str, size: str, app: App) -> core.PersistentVolumeClaimArgs:
    """A volume of the default storage class for each replica of a StatefulSet."""
    return core.PersistentVolumeClaimArgs(
        metadata=meta.ObjectMetaArgs(name=name, labels=app.selector),
        spec=core.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            resources=core.VolumeResourceRequirementsArgs(requests={"storage": size}),
        ),
    )


def _items(keys: Mapping[str, str] | None) -> list[core.KeyToPathArgs] | None:
    return [core.KeyToPathArgs(key=key, path=path) for key, path in keys.items()] if keys else None
