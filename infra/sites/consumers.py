"""Who uses database and buckets on AWS, each with an identity that may do just that."""

from dataclasses import dataclass

import pulumi

from infra.cluster.cluster import Cluster
from infra.database import roles
from infra.database.authority import authority
from infra.database.rds import MASTER
from infra.foundation.access import CA_FILE, Access
from infra.foundation.addresses import Outside
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.database_login import DatabaseLogin
from infra.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from infra.schedules.schedules import (
    BACKUP,
    BACKUP_ROTATION,
    DATA_ARCHIVE,
    DATABASE_CARE,
    DRIFT_CHECK,
    MONITORING,
    RETRAINING,
    RUNS_PRUNE,
)
from infra.serving.model_server import APP as MODEL_SERVER
from infra.settings.models import AwsSettings
from infra.sites.ground import Ground
from infra.sites.site import DatabaseLogins, StoreAccesses
from infra.tracking.tracking import SERVER as TRACKING
from infra.training.training import APP as TRAINING
from infra.training.training import TUNING

# Accounts of the store (infra/storage/accounts.py) → who has them.
STORE = {
    "tracking": TRACKING,
    "training": TRAINING,
    "serving": MODEL_SERVER,
    "backup": BACKUP,
    "rotation": BACKUP_ROTATION,
    "tuning": TUNING,
    "drift": DRIFT_CHECK,
    "retraining": RETRAINING,
    "pruning": RUNS_PRUNE,
    "archive": DATA_ARCHIVE,
    "monitoring": MONITORING,
}
# Where a pod gets credentials: the agent on its own node.
POD_IDENTITY = Outside("pod-identity", ("169.254.170.23/32",), 80)
# S3's addresses are public and change, also behind a gateway endpoint; security groups name its prefix list instead.
AWS = Outside("aws", ("0.0.0.0/0",), 443)

# Who logs in as which role of PostgreSQL.
ROLES = (
    ("tracking", roles.TRACKING),
    ("tracking", roles.AUTH),
    ("pruning", roles.TRACKING),
    ("tuning", roles.STUDIES),
    ("backup", roles.BACKUP),
)


@dataclass(frozen=True)
class ConsumersArgs:
    """The account, and the cluster in which the consumers run."""

    settings: AwsSettings
    on: Ground
    cluster: Cluster


class Consumers(Component, domain="identity"):
    """Owns an identity for each consumer of database and buckets, with the grants of their owners.

    `accesses`, `logins` and `care` are for the platform's workloads; `ready` is done when every role can log in.
    """

    def __init__(self, name: str, args: ConsumersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        on = args.on
        identities = {account: self._identity(app) for account, app in STORE.items()}
        for account, identity in identities.items():
            on.storage.grant(account, identity)
        self._tokens = args.settings.database.login == "iam"
        self._passwords = {} if self._tokens else roles.passwords(args.settings.secrets)
        if self._tokens:
            for account, role in ROLES:
                on.database.grant_connect(identities[account], role)
        on.drift.grant_events(identities["drift"])
        on.drift.grant_retraining(identities["retraining"])
        accesses = {account: self._access(each) for account, each in identities.items()}
        accesses["drift"] |= Access(plain=on.drift.env)
        accesses["retraining"] |= Access(plain={"MLOPS_RETRAINING_QUEUE": on.drift.retraining.url})
        self.accesses = StoreAccesses(**accesses)
        self.logins = DatabaseLogins(
            tracking=self._login(roles.TRACKING, "mlflow"),
            auth=self._login(roles.AUTH, "mlflow_auth"),
            studies=self._login(roles.STUDIES, "studies"),
            backup=self._login(roles.BACKUP, "postgres"),
        )
        self.care = self._care()
        self.ready = self._roles()
        self.register_outputs({})

    def _identity(self, app: App) -> WorkloadIdentity:
        on = self._args.on
        return WorkloadIdentity(
            app.account,
            WorkloadIdentityArgs(on.cloud, on.cluster.name, app.namespace, app.account),
            pulumi.ResourceOptions(parent=self, providers=[on.provider]),
        )

    def _access(self, identity: WorkloadIdentity) -> Access:
        # A pod gets its role when it starts: none starts before role and rights are there.
        known = pulumi.Output.all(*(each.urn for each in identity.ready))
        region = known.apply(lambda _: self._args.on.cloud.region)
        return Access(plain={"AWS_DEFAULT_REGION": region}, reaches=(POD_IDENTITY, AWS))

    def _login(self, user: str, database: str) -> DatabaseLogin:
        on = self._args.on
        return DatabaseLogin(
            host=on.database.host,
            port=on.database.port,
            user=user,
            database=database,
            password=self._passwords.get(user),
            ca_certificate=authority(on.cloud.region),
            reach=self._database(),
        )

    def _care(self) -> Access:
        """Of the one consumer that has the database and no bucket: with a password it is nobody in AWS."""
        login = self._login(roles.CARE, "postgres").access()
        if not self._tokens:
            return login
        identity = self._identity(DATABASE_CARE)
        self._args.on.database.grant_connect(identity, roles.CARE)
        return self._access(identity) | login

    def _database(self) -> Outside:
        on = self._args.on
        return Outside("database", on.network.database_cidrs, on.database.port)

    def _roles(self) -> pulumi.Resource:
        """As the master, whose password RDS keeps and rotates: only this Job may read it."""
        args, on = self._args, self._args.on
        identity = self._identity(roles.APP)
        on.database.grant_master(identity)
        if self._tokens:
            # Who gives out the role that needs tokens becomes a member of it, and may then need one itself.
            on.database.grant_connect(identity, MASTER)
        admin = self._access(identity) | Access(
            plain={
                "PGHOST": on.database.host,
                "PGPORT": str(on.database.port),
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": CA_FILE,
                "MLOPS_DATABASE_ADMIN_SECRET": on.database.master_secret,
            },
            ca_certificate=authority(on.cloud.region),
            reaches=(self._database(),),
        )
        return roles.DatabaseRoles(
            "database-roles",
            roles.DatabaseRolesArgs(
                namespace=args.cluster.platform,
                image=args.settings.images.jobs,
                admin=admin,
                passwords=self._passwords,
                after=(on.database.instance,),
            ),
            self.child(),
        ).ready
