"""The default storage class of an EKS cluster."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.storage import v1 as storage

from infra.foundation.apps import PART_OF
from infra.foundation.component import Component
from infra.foundation.durability import Durability

NAME = "gp3-encrypted"


@dataclass(frozen=True)
class DefaultStorageClassArgs:
    """`key` encrypts the volumes; they outlive their claims where data is kept."""

    key: pulumi.Input[str]
    durability: Durability


class DefaultStorageClass(Component, domain="cluster"):
    """Owns the class of every claim that names none. Does not own the driver behind it, which is an add-on of EKS."""

    def __init__(self, name: str, args: DefaultStorageClassArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        storage.StorageClass(
            name,
            metadata=meta.ObjectMetaArgs(
                name=NAME, labels=PART_OF, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": args.key},
            reclaim_policy="Delete" if args.durability.clean_teardown else "Retain",
            # A volume is in one zone: it is made where its pod was placed.
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=self.child(),
        )
        self.register_outputs({})
