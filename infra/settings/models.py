"""All settings of a stack: one field for each `mlops:<domain>` of its file.

A stack stands on one of two sites, told apart by `mlops:aws`: a cluster that is there already, with database and store
in it, or an AWS account. The two have their own models, so that a mixture cannot be written down.
"""

from infra.foundation.durability import Durability
from infra.settings.account import AccountSettings
from infra.settings.base import SettingsModel
from infra.settings.buckets import S3Settings
from infra.settings.cluster import ClusterSettings, NamespacesSettings
from infra.settings.database import DatabaseSettings
from infra.settings.eks import EksSettings
from infra.settings.endpoints import EndpointsSettings
from infra.settings.functions import FunctionsSettings
from infra.settings.gateway import GatewaySettings
from infra.settings.images import AwsImages, MachineImages
from infra.settings.monitoring import MonitoringSettings
from infra.settings.network import NetworkSettings
from infra.settings.node_ports import NodePortsSettings
from infra.settings.notifications import BudgetSettings, NotificationsSettings
from infra.settings.observability import ObservabilitySettings
from infra.settings.rds import RdsSettings
from infra.settings.sagemaker import SagemakerSettings
from infra.settings.schedules import SchedulesSettings
from infra.settings.secrets import AwsSecrets, MachineSecrets
from infra.settings.serving import ServingSettings
from infra.settings.storage import StorageSettings
from infra.settings.tracking import TrackingSettings
from infra.settings.training import TrainingSettings


class CommonSettings(SettingsModel):
    """What every stack is told, on either site."""

    durability: Durability
    namespaces: NamespacesSettings
    tracking: TrackingSettings
    serving: ServingSettings
    gateway: GatewaySettings
    training: TrainingSettings
    schedules: SchedulesSettings
    monitoring: MonitoringSettings = MonitoringSettings()
    observability: ObservabilitySettings


class CommittedMachineSettings(CommonSettings):
    """A stack in a cluster that is there already, as far as its committed file says it."""

    database: DatabaseSettings
    storage: StorageSettings
    node_ports: NodePortsSettings = NodePortsSettings()


class MachineSettings(CommittedMachineSettings):
    """All of it; on one machine `make up` adds these three."""

    cluster: ClusterSettings
    images: MachineImages
    secrets: MachineSecrets


class CommittedAwsSettings(CommonSettings):
    """A stack in an AWS account, as far as its committed file says it."""

    aws: AccountSettings
    network: NetworkSettings
    cluster: EksSettings
    database: RdsSettings
    storage: S3Settings
    endpoints: EndpointsSettings
    functions: FunctionsSettings = FunctionsSettings()
    sagemaker: SagemakerSettings
    notifications: NotificationsSettings
    budget: BudgetSettings


class AwsSettings(CommittedAwsSettings):
    """All of it; images follow from what was pushed, secrets are set once."""

    images: AwsImages
    secrets: AwsSecrets


Settings = MachineSettings | AwsSettings
CommittedSettings = CommittedMachineSettings | CommittedAwsSettings
