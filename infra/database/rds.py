"""PostgreSQL on RDS as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.database import access, alarms, parameters, point_in_time
from infra.foundation import grantee
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.grantee import Grantee
from infra.foundation.policy_document import document, trust
from infra.foundation.secret_reader import read_secret
from infra.settings.rds import RdsSettings

PORT = 5432
MASTER = "postgres"
LOGS = ("postgresql", "upgrade")
LOG_DAYS = 30
# Quiet hours in UTC: the window of backups, then (RDS refuses an overlap) that of maintenance.
BACKUP_WINDOW = "00:00-01:00"
MAINTENANCE_WINDOW = "sun:04:00-sun:05:00"
# Runs to 2061; RDS renews the server's certificate under it by itself, without a restart.
CA = "rds-ca-rsa2048-g1"
# What Performance Insights keeps without a charge.
INSIGHTS_DAYS = 7
# The account has one group for all instances; RDS makes it.
MONITORING_LOG = "RDSOSMetrics"
MONITORING_SECONDS = 60


@dataclass(frozen=True)
class RdsDatabaseArgs:
    """`group` is the security group, keys are ARNs, `alarm_topics` the ARN of the topic of each severity."""

    cloud: Cloud
    settings: RdsSettings
    subnets: Sequence[pulumi.Input[str]]
    group: pulumi.Input[str]
    key: pulumi.Input[str]
    log_key: pulumi.Input[str]
    alarm_topics: Mapping[str, pulumi.Input[str]]


class RdsDatabase(Component, domain="database"):
    """Owns the instance with its parameters, logs and alarms; its master's password is RDS' own and rotates.

    Does not own databases and roles in it, nor the network. `grant_connect` and `grant_master` let a workload in.
    """

    port = PORT

    def __init__(self, name: str, args: RdsDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._identifier = point_in_time.identifier(args.cloud.name(name), args.settings.restore)
        self.instance = self._instance(name)
        self.host = self.instance.address
        self.master_secret = self.instance.master_user_secrets.apply(lambda secrets: str(secrets[0].secret_arn))
        for alarm in alarms.alarms(args.settings):
            alarms.metric_alarm(name, alarm, args.cloud, self.instance.identifier, args.alarm_topics, self.child())
        self.register_outputs({"host": self.host})

    def grant_connect(self, to: Grantee, role: str) -> None:
        """Lets a workload log in as a role of PostgreSQL with a token; the role must be a member of `rds_iam`."""
        if self._args.settings.login != "iam":
            raise ValueError(f"nobody logs in as {role} with a token: database.login is not 'iam' but 'password'")
        statement = access.connect(self._args.cloud, self.instance.resource_id, role)
        grantee.grant(to, f"database-{role}", [statement], self.child())

    def grant_master(self, to: Grantee) -> None:
        """Lets a workload read the master's password: for making databases and roles, and for dumps."""
        statements = read_secret(self._args.cloud, self.master_secret, self._args.key)
        grantee.grant(to, "database-master", statements, self.child())

    def _instance(self, name: str) -> aws.rds.Instance:
        args, settings, durability = self._args, self._args.settings, self._args.cloud.durability
        logs = self._logs(name)
        monitoring = self._monitoring(name)
        return aws.rds.Instance(
            f"{name}-instance",
            identifier=self._identifier,
            engine="postgres",
            engine_version=settings.version,
            instance_class=settings.instance_class,
            auto_minor_version_upgrade=True,
            parameter_group_name=self._parameters(name).name,
            ca_cert_identifier=CA,
            # Where data is kept, a change that restarts the server waits for its window.
            apply_immediately=not durability.protect,
            restore_to_point_in_time=point_in_time.arguments(settings.restore),
            # Storage
            storage_type="gp3",
            allocated_storage=settings.storage,
            max_allocated_storage=settings.max_storage,
            storage_encrypted=True,
            kms_key_id=args.key,
            # Network
            db_subnet_group_name=self._subnets(name).name,
            vpc_security_group_ids=[args.group],
            publicly_accessible=False,
            port=PORT,
            # Login
            username=MASTER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key,
            iam_database_authentication_enabled=settings.login == "iam",
            # Safety
            multi_az=durability.standby,
            backup_retention_period=settings.backup_days or durability.backup_days,
            backup_window=BACKUP_WINDOW,
            maintenance_window=MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            deletion_protection=durability.protect,
            delete_automated_backups=durability.clean_teardown,
            skip_final_snapshot=durability.clean_teardown,
            final_snapshot_identifier=None if durability.clean_teardown else f"{self._identifier}-final",
            # Sight
            enabled_cloudwatch_logs_exports=list(LOGS),
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=monitoring[0].arn,
            database_insights_mode="standard",
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key,
            performance_insights_retention_period=INSIGHTS_DAYS,
            tags=args.cloud.tagged(name),
            # One that is replaced is still there, to be looked at and to be restored from once more.
            opts=self.child(*logs, *monitoring, protect=durability.protect, retain_on_delete=durability.protect),
        )

    def _subnets(self, name: str) -> aws.rds.SubnetGroup:
        return aws.rds.SubnetGroup(
            f"{name}-subnets",
            description="Private subnets without a way out",
            subnet_ids=list(self._args.subnets),
            tags=self._args.cloud.tagged(f"{name}-subnets"),
            opts=self.child(),
        )

    def _parameters(self, name: str) -> aws.rds.ParameterGroup:
        values = parameters.parameters(self._args.settings)
        return aws.rds.ParameterGroup(
            f"{name}-parameters",
            description="infra/database/parameters.py",
            family=f"postgres{self._args.settings.version}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=parameters.method(key))
                for key, value in values.items()
            ],
            tags=self._args.cloud.tagged(f"{name}-parameters"),
            opts=self.child(),
        )

    def _logs(self, name: str) -> list[aws.cloudwatch.LogGroup]:
        """RDS would make them itself, without a key and for ever; so they are there before it."""
        return [
            aws.cloudwatch.LogGroup(
                f"{name}-log-{log}",
                name=f"/aws/rds/instance/{self._identifier}/{log}",
                kms_key_id=self._args.log_key,
                retention_in_days=LOG_DAYS,
                tags=self._args.cloud.tagged(f"{name}-log-{log}"),
                opts=self.child(),
            )
            for log in LOGS
        ]

    def _monitoring(self, name: str) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        cloud = self._args.cloud
        instance = cloud.arn("rds", f"db:{self._identifier}")
        role = aws.iam.Role(
            f"{name}-monitoring",
            assume_role_policy=trust(
                "monitoring.rds.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cloud.account, "aws:SourceArn": instance}},
            ),
            tags=cloud.tagged(f"{name}-monitoring"),
            opts=self.child(),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-monitoring",
            role=role.name,
            policy=document(access.write_log(cloud, MONITORING_LOG)),
            opts=self.child(),
        )
        return role, policy
