"""The S3 store as a component."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.batch import v1 as batch

from infra.foundation import probes, volumes, workload
from infra.foundation.access import CA_FILE, Access
from infra.foundation.addresses import PLATFORM, STORE
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import certificate, reveal, secret
from infra.foundation.one_off import one_off
from infra.foundation.resources import STORE_BUCKETS, STORE_FOLDERS
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.settings.secrets import MachineSecrets
from infra.settings.storage import StorageSettings
from infra.storage import accounts

SERVER = App(STORE.service, "storage", PLATFORM)
BUCKETS = App("storage-buckets", "storage", PLATFORM, reaches=(STORE,))
DATA = "/data"
IAM = f"{DATA}/iam"
CERTIFICATE = "/etc/store/certificate"


@dataclass(frozen=True)
class StorageArgs:
    """What the store needs; `jobs_image` makes its folders and its buckets."""

    namespace: pulumi.Input[str]
    image: str
    jobs_image: str
    settings: StorageSettings
    secrets: MachineSecrets
    durability: Durability
    exposure: Exposure


class Storage(Component, domain="storage"):
    """Owns the S3 store with its TLS and volume, the buckets, and who may do what in them.

    Does not own what is in the buckets. `accesses` lets each consumer in with its own account; `ready` is done when
    every bucket and every account is there.
    """

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.ready = self._buckets(name, args, self._server(name, args))
        self.accesses = {account: self._account(account, args) for account in accounts.keys(args.secrets)}
        self.register_outputs({})

    def _account(self, account: str, args: StorageArgs) -> Access:
        # No pod gets a key before the Job has told the store of it.
        known = pulumi.Output.all(reveal(accounts.keys(args.secrets)[account]), self.ready.urn)
        return _access(args, account, known.apply(lambda values: str(values[0])))

    def _server(self, name: str, args: StorageArgs) -> apps.StatefulSet:
        settings = args.settings
        hidden = {
            "access-key": reveal(args.secrets.store_access_key),
            "secret-key": reveal(args.secrets.store_secret_key),
        }
        pair = (args.secrets.store_certificate, args.secrets.store_key)
        secret_name = secret(f"{name}-server", SERVER, args.namespace, hidden, self.child())
        certificate_name = certificate(f"{name}-certificate", SERVER, args.namespace, pair, self.child())
        data = volumes.claim(VOLUME, DATA)
        folders = workload.Container(
            name="folders",
            image=args.jobs_image,
            resources=STORE_FOLDERS,
            command=["mkdir", "-p", f"{DATA}/objects", f"{DATA}/versions", IAM],
            mounts=[data],
        )
        container = workload.Container(
            name="store",
            image=args.image,
            resources=settings.resources,
            # Which tells it of a renewed certificate: it reads one again on SIGHUP.
            command=["/usr/local/bin/reloader", f"{CERTIFICATE}/tls.crt", "/usr/local/bin/versitygw"],
            args=[
                "--port", f":{STORE.port}", "--region", settings.region, "--health", "/health",
                # No --keep-alive: with it versitygw 1.8.0 reads the rest of an upload with a checksum trailer as a
                # request and answers with 400 (6 of 1,500 parallel uploads here; without it none, and as fast).
                "--cert", f"{CERTIFICATE}/tls.crt", "--key", f"{CERTIFICATE}/tls.key", "--quiet",
                "--iam-dir", IAM,
                "posix", "--versioning-dir", f"{DATA}/versions", f"{DATA}/objects",
            ],
            # It reads its root key from the environment only.
            env={
                "ROOT_ACCESS_KEY": workload.SecretKey(secret_name, "access-key"),
                "ROOT_SECRET_KEY": workload.SecretKey(secret_name, "secret-key"),
            },
            ports={"s3": STORE.port},
            mounts=[data, volumes.secret("certificate", certificate_name, CERTIFICATE)],
            probes=probes.http("s3", live="/health", ready="/health", scheme="HTTPS"),
        )  # fmt: skip
        return StatefulServer(
            name,
            StatefulServerArgs(
                app=SERVER,
                namespace=args.namespace,
                endpoint=STORE,
                exposure=args.exposure,
                container=container,
                init_containers=[folders],
                storage=settings.storage,
                durability=args.durability,
            ),
            self.child(),
        ).stateful_set

    def _buckets(self, name: str, args: StorageArgs, server: apps.StatefulSet) -> batch.Job:
        # Root: it alone makes buckets, accounts and policies.
        access = _access(args, reveal(args.secrets.store_access_key), reveal(args.secrets.store_secret_key)) | Access(
            plain={
                "MLOPS_STORE_POLICIES": accounts.policies(accounts.grants(args.settings.buckets)),
                "MLOPS_STORE_LOCKS": json.dumps(accounts.locks(args.settings.buckets, args.durability.lock_days)),
            },
            hidden={
                f"MLOPS_STORE_ACCOUNT_{account.upper()}": reveal(key)
                for account, key in accounts.keys(args.secrets).items()
            },
        )
        secret_name = access.secret(f"{name}-buckets", BUCKETS, args.namespace, self.child())
        container = workload.Container(
            name="buckets",
            image=args.jobs_image,
            resources=STORE_BUCKETS,
            command=["python", "-m", "jobs.maintenance.buckets"],
            args=list(args.settings.buckets.model_dump().values()),
            env=access.env(secret_name),
            mounts=access.mounts(secret_name),
        )
        return one_off(
            self, f"{name}-buckets", BUCKETS, args.namespace, container, after=[server], retries=4, deadline_seconds=300
        )


def _access(args: StorageArgs, access_key: pulumi.Input[str], secret_key: pulumi.Input[str]) -> Access:
    """The store, for MLflow's client and for plain boto3."""
    return Access(
        plain={
            "MLFLOW_S3_ENDPOINT_URL": STORE.url,
            "AWS_ENDPOINT_URL_S3": STORE.url,
            "AWS_DEFAULT_REGION": args.settings.region,
            "AWS_CA_BUNDLE": CA_FILE,
        },
        hidden={"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key},
        ca_certificate=reveal(args.secrets.ca_certificate),
        reaches=(STORE,),
    )
