"""Claims about volumes of an EKS cluster."""

from __future__ import annotations

import pytest

from infra.cluster.storage_class import DefaultStorageClass, DefaultStorageClassArgs
from infra.foundation.durability import Durability
from tests.support.recording import record


@pytest.mark.parametrize(("durability", "reclaim"), [(Durability.DISPOSABLE, "Delete"), (Durability.KEPT, "Retain")])
def test_a_claim_without_a_class_gets_an_encrypted_volume_in_the_zone_of_its_pod(
    durability: Durability, reclaim: str
) -> None:
    recording = record(lambda: DefaultStorageClass("volumes", DefaultStorageClassArgs("arn:key/volumes", durability)))
    made = recording.one("StorageClass", "volumes")
    assert made.inputs["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert made.inputs["parameters"] == {"type": "gp3", "encrypted": "true", "kmsKeyId": "arn:key/volumes"}
    assert made.inputs["volumeBindingMode"] == "WaitForFirstConsumer"
    assert made.inputs["reclaimPolicy"] == reclaim
