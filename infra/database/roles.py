"""Databases and roles as a component: what `jobs.maintenance.roles` makes, on either site."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.foundation import volumes, workload
from infra.foundation.access import Access
from infra.foundation.addresses import PLATFORM
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account, reveal, secret
from infra.foundation.one_off import one_off
from infra.foundation.resources import DATABASE_ROLES
from infra.settings.secrets import AwsSecrets, MachineSecrets

APP = App("database-roles", "database", PLATFORM)
PASSWORDS = "/etc/database/passwords"
# Of MLflow's runs and registry, of its users, of studies; one that reads everything, one that vacuums and measures.
TRACKING, AUTH, STUDIES, BACKUP, CARE = "mlflow", "mlflow_auth", "optuna", "backup", "care"


def passwords(secrets: MachineSecrets | AwsSecrets) -> dict[str, pulumi.Output[str]]:
    """Role → password, of those that have one."""
    given = {
        TRACKING: secrets.database_tracking_password,
        AUTH: secrets.database_auth_password,
        STUDIES: secrets.database_studies_password,
        BACKUP: secrets.database_backup_password,
        CARE: secrets.database_care_password,
    }
    return {role: reveal(password) for role, password in given.items() if password is not None}


@dataclass(frozen=True)
class DatabaseRolesArgs:
    """`admin` may make roles. `passwords`: role → password; none of them where roles log in with IAM tokens."""

    namespace: pulumi.Input[str]
    image: str
    admin: Access
    passwords: Mapping[str, pulumi.Input[str]]
    after: tuple[pulumi.Resource, ...]


class DatabaseRoles(Component, domain="database"):
    """Owns the Job that makes databases and roles, and its passwords. Does not own what is in the databases.

    `ready` is done when every role can log in. Another password makes another Job, and so takes effect.
    """

    def __init__(self, name: str, args: DatabaseRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = APP.reaching(args.admin.reaches)
        access = args.admin.secret(f"{name}-access", app, args.namespace, self.child())
        env: dict[str, pulumi.Input[str] | workload.SecretKey] = dict(args.admin.env(access))
        mounts = args.admin.mounts(access)
        if args.passwords:
            files = secret(f"{name}-passwords", app, args.namespace, args.passwords, self.child())
            mounts.append(volumes.secret("passwords", files, PASSWORDS))
            env["MLOPS_DATABASE_PASSWORDS"] = PASSWORDS
        else:
            env["MLOPS_DATABASE_LOGIN"] = "iam"
        container = workload.Container(
            name="roles",
            image=args.image,
            resources=DATABASE_ROLES,
            command=["python", "-m", "jobs.maintenance.roles"],
            env=env,
            mounts=mounts,
        )
        self.ready = one_off(
            self,
            name,
            app,
            args.namespace,
            container,
            after=args.after,
            retries=4,
            deadline_seconds=300,
            account=account(app, args.namespace, self.child()),
        )
        self.register_outputs({})
