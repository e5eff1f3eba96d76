"""PostgreSQL as a component."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes.apps import v1 as apps

from infra.database import configuration, roles
from infra.foundation import probes, volumes, workload
from infra.foundation.addresses import DATABASE, PLATFORM
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.database_login import DatabaseLogin
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import certificate, config_map, reveal, secret
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.settings.database import DatabaseSettings
from infra.settings.secrets import MachineSecrets

HERE = Path(__file__).parent
DATA = "/var/lib/postgresql/data"
SERVER = App(DATABASE.service, "database", PLATFORM)
BIN = "/usr/lib/postgresql/17/bin"
IS_READY = f"{BIN}/pg_isready -q -h {configuration.SOCKETS} -U postgres -d postgres"


@dataclass(frozen=True)
class DatabaseArgs:
    """What PostgreSQL needs; `jobs_image` makes its roles."""

    namespace: pulumi.Input[str]
    image: str
    jobs_image: str
    settings: DatabaseSettings
    secrets: MachineSecrets
    durability: Durability
    exposure: Exposure


class Database(Component, domain="database"):
    """Owns the PostgreSQL server, its TLS, its volume, and the databases and roles of MLflow.

    Does not own what is in the databases: MLflow's schema belongs to tracking. `ready` is done when roles can log in:
    `tracking` and `auth` for MLflow, `studies` for tuning, `backup` for backups,
    `care` for vacuum and figures.
    """

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        server = self._server(name, args)
        secrets = args.secrets
        passwords = roles.passwords(secrets)
        self.ready = roles.DatabaseRoles(
            f"{name}-roles",
            roles.DatabaseRolesArgs(
                namespace=args.namespace,
                image=args.jobs_image,
                admin=_login("postgres", "postgres", reveal(secrets.database_superuser_password), secrets).access(),
                passwords=passwords,
                after=(server,),
            ),
            self.child(),
        ).ready
        self.tracking = _login(roles.TRACKING, "mlflow", passwords[roles.TRACKING], secrets)
        self.auth = _login(roles.AUTH, "mlflow_auth", passwords[roles.AUTH], secrets)
        self.studies = _login(roles.STUDIES, "studies", passwords[roles.STUDIES], secrets)
        self.backup = _login(roles.BACKUP, "postgres", passwords[roles.BACKUP], secrets)
        self.care = _login(roles.CARE, "postgres", passwords[roles.CARE], secrets)
        self.register_outputs({})

    def _server(self, name: str, args: DatabaseArgs) -> apps.StatefulSet:
        settings, secrets = args.settings, args.secrets
        files = {
            "start.sh": (HERE / "start.sh").read_text(),
            "postgresql.conf": configuration.postgresql_conf(settings),
            "pg_hba.conf": configuration.HBA,
            "pg_ident.conf": configuration.IDENT,
        }
        hidden = {"superuser-password": reveal(secrets.database_superuser_password)}
        pair = (secrets.database_certificate, secrets.database_key)
        config_name = config_map(f"{name}-config", SERVER, args.namespace, files, self.child())
        secret_name = secret(f"{name}-server", SERVER, args.namespace, hidden, self.child())
        certificate_name = certificate(f"{name}-certificate", SERVER, args.namespace, pair, self.child())
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
                volumes.secret("secrets", secret_name, configuration.SECRETS),
                # PostgreSQL accepts a key that root owns and its group may read.
                volumes.secret("certificate", certificate_name, configuration.CERTIFICATE, mode=0o440),
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


def _login(user: str, database: str, password: pulumi.Output[str], secrets: MachineSecrets) -> DatabaseLogin:
    return DatabaseLogin(
        host=DATABASE.host,
        port=DATABASE.port,
        user=user,
        database=database,
        password=password,
        ca_certificate=reveal(secrets.ca_certificate),
        reach=DATABASE,
    )
