"""PostgreSQL as a component."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.batch import v1 as batch
from pydantic import SecretStr

from infra.database import configuration
from infra.foundation import probes, volumes, workload
from infra.foundation.addresses import DATABASE, PLATFORM
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.database_login import DatabaseLogin
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import config_map, reveal, secret
from infra.foundation.one_off import one_off
from infra.foundation.resources import DATABASE_ROLES
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.settings.database import DatabaseSettings
from infra.settings.secrets import MachineSecrets

HERE = Path(__file__).parent
DATA = "/var/lib/postgresql/data"
SERVER = App(DATABASE.service, "database", PLATFORM)
ROLES = App("database-roles", "database", PLATFORM, reaches=(DATABASE,))
BIN = "/usr/lib/postgresql/17/bin"
IS_READY = f"{BIN}/pg_isready -q -h {configuration.SOCKETS} -U postgres -d postgres"


@dataclass(frozen=True)
class DatabaseArgs:
    """What PostgreSQL needs."""

    namespace: pulumi.Input[str]
    image: str
    settings: DatabaseSettings
    secrets: MachineSecrets
    durability: Durability
    exposure: Exposure


class Database(Component, domain="database"):
    """Owns the PostgreSQL server, its TLS, its volume, and the databases and roles of MLflow.

    Does not own what is in the databases: MLflow's schema belongs to tracking. `ready` is done when roles can log in:
    `tracking` and `auth` for MLflow, `backup` for backups.
    """

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        server = self._server(name, args)
        self.ready = self._roles(name, args, server)
        secrets = args.secrets
        self.tracking = _login("mlflow", "mlflow", secrets.database_tracking_password, secrets)
        self.auth = _login("mlflow_auth", "mlflow_auth", secrets.database_auth_password, secrets)
        self.backup = _login("postgres", "postgres", secrets.database_superuser_password, secrets)
        self.register_outputs({})

    def _server(self, name: str, args: DatabaseArgs) -> apps.StatefulSet:
        settings, secrets = args.settings, args.secrets
        files = {
            "start.sh": (HERE / "start.sh").read_text(),
            "postgresql.conf": configuration.postgresql_conf(settings),
            "pg_hba.conf": configuration.HBA,
            "pg_ident.conf": configuration.IDENT,
        }
        hidden = {
            "superuser-password": reveal(secrets.database_superuser_password),
            "tls.crt": reveal(secrets.database_certificate),
            "tls.key": reveal(secrets.database_key),
        }
        config_name = config_map(f"{name}-config", SERVER, args.namespace, files, self.child())
        secret_name = secret(f"{name}-server", SERVER, args.namespace, hidden, self.child())
        container = workload.Container(
            name="postgres",
            image=args.image,
            resources=settings.resources,
            command=["/bin/sh", f"{configuration.CONFIG}/start.sh"],
            env={"PGDATA": f"{DATA}/pgdata"},
            ports={"postgres": DATABASE.port},
            mounts=[
                volumes.claim(VOLUME, DATA),
                volumes.config("config", config_name, configuration.CONFIG),
                # PostgreSQL accepts a key that root owns and its group may read.
                volumes.secret("secrets", secret_name, configuration.SECRETS, mode=0o440),
                volumes.scratch("shm", "/dev/shm", "256Mi", in_memory=True),
            ],
            # Exit code 1 is "alive, but starting or recovering": killing it then would start the recovery again.
            probes=probes.command(
                live=["/bin/sh", "-c", f"{IS_READY} || [ $? -eq 1 ]"],
                ready=IS_READY.split(),
                start_seconds=600,
                timeout=5,
            ),
            # SIGTERM would wait for every client to leave; "fast" disconnects them and writes a clean checkpoint.
            pre_stop=[f"{BIN}/pg_ctl", "stop", "-D", f"{DATA}/pgdata", "-m", "fast"],
        )
        return StatefulServer(
            name,
            StatefulServerArgs(
                app=SERVER,
                namespace=args.namespace,
                endpoint=DATABASE,
                exposure=args.exposure,
                container=container,
                storage=settings.storage,
                durability=args.durability,
                grace_seconds=60,
            ),
            self.child(),
        ).stateful_set

    def _roles(self, name: str, args: DatabaseArgs, server: apps.StatefulSet) -> batch.Job:
        files = {"roles.sql": (HERE / "roles.sql").read_text()}
        hidden = {
            "superuser-password": reveal(args.secrets.database_superuser_password),
            "tracking-password": reveal(args.secrets.database_tracking_password),
            "auth-password": reveal(args.secrets.database_auth_password),
            "ca.crt": reveal(args.secrets.ca_certificate),
        }
        config_name = config_map(f"{name}-roles", ROLES, args.namespace, files, self.child())
        secret_name = secret(f"{name}-roles", ROLES, args.namespace, hidden, self.child())
        connection = (
            f"host={DATABASE.host} port={DATABASE.port} user=postgres dbname=postgres connect_timeout=10"
            f" sslmode=verify-full sslrootcert={configuration.SECRETS}/ca.crt"
        )
        script = (
            f"PGPASSWORD=$(cat {configuration.SECRETS}/superuser-password) && export PGPASSWORD &&"
            f" exec {BIN}/psql --no-psqlrc --quiet --file={configuration.CONFIG}/roles.sql '{connection}'"
        )
        container = workload.Container(
            name="roles",
            image=args.image,
            resources=DATABASE_ROLES,
            command=["/bin/sh", "-c", script],
            mounts=[
                volumes.config("config", config_name, configuration.CONFIG),
                volumes.secret("secrets", secret_name, configuration.SECRETS),
            ],
        )
        return one_off(
            self, f"{name}-roles", ROLES, args.namespace, container, after=[server], retries=4, deadline_seconds=300
        )


def _login(user: str, database: str, password: SecretStr, secrets: MachineSecrets) -> DatabaseLogin:
    return DatabaseLogin(
        host=DATABASE.host,
        port=DATABASE.port,
        user=user,
        database=database,
        password=reveal(password),
        ca_certificate=reveal(secrets.ca_certificate),
        reach=DATABASE,
    )
