"""Release 1 makes a small platform. Release 2 changes, replaces, unguards, keeps and removes parts of it.

Release 3 also removes what is protected, and release 4 does not get far.
"""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.foundation.component import Component

RELEASE = pulumi.Config().require_int("release")
FIRST = RELEASE == 1
# Nothing listens there: previews show the program's values.
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {"token": "none"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}


class Network(Component, domain="network"):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, opts)
        tags = {"Name": name, "owner": "ml" if FIRST else "platform"}
        aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", tags=tags, opts=self.child())
        if FIRST:
            aws.ec2.NatGateway(name, subnet_id="subnet-1", allocation_id="eip-1", opts=self.child())
        self.register_outputs({})


class Database(Component, domain="database"):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, opts)
        aws.rds.Instance(
            name,
            engine="postgres",
            instance_class="db.t4g.medium" if FIRST else "db.x2g.large",
            allocated_storage=50,
            storage_type="gp3",
            multi_az=not FIRST,
            storage_encrypted=not FIRST,
            password=pulumi.Output.secret(f"hunter{RELEASE}"),
            opts=self.child(),
        )
        self.register_outputs({})


class Storage(Component, domain="storage"):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, opts)
        if RELEASE != 3:
            aws.s3.Bucket("artifacts", bucket="artifacts", opts=self.child(protect=FIRST))
        if FIRST:
            aws.s3.Bucket("features", bucket="features", opts=self.child())
            aws.kms.Key(
                name, deletion_window_in_days=30, opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True)
            )
        else:
            aws.s3.Bucket("backups", bucket="backups", opts=self.child(protect=True))
        self.register_outputs({})


class Tracking(Component, domain="tracking"):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, opts)
        build = ("a" if FIRST else "b") * 64
        kubernetes.core.v1.Secret(
            name,
            metadata={"name": name, "namespace": "ml-platform"},
            string_data={"password": pulumi.Output.secret(f"letmein{RELEASE}")},
            opts=self.child(),
        )
        kubernetes.apps.v1.Deployment(
            name,
            metadata={"name": name, "namespace": "ml-platform", "annotations": {"release": str(RELEASE)}},
            spec=pods(name, f"registry/tracking@sha256:{build}") | {"replicas": 1},
            opts=self.child(),
        )
        kubernetes.apps.v1.StatefulSet(
            name,
            metadata={"name": "store", "namespace": "ml-platform"},
            spec=pods("store", "registry/store:1") | {"serviceName": "store" if FIRST else "storage"},
            opts=self.child(),
        )
        self.register_outputs({})


def pods(app: str, image: str) -> Any:
    labels = {"app": app}
    return {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": image}]}},
    }


if RELEASE == 4:
    raise ValueError("no such release")
inside = pulumi.ResourceOptions(
    providers=[
        aws.Provider("aws", region="eu-central-1"),
        kubernetes.Provider("cluster", kubeconfig=json.dumps(KUBECONFIG)),
    ]
)
Network("network", inside)
Database("database", inside)
Storage("storage", inside)
Tracking("tracking", inside)
pulumi.log.warn("`features` is <b>not</b> replicated, ask @platform")
pulumi.export("password", pulumi.Output.secret(f"opensesame{RELEASE}"))
