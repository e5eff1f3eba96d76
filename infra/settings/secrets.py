"""Every secret of the stack. Values are pydantic secrets: a printed model shows asterisks."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from infra.settings.base import SettingsModel
from infra.settings.receivers import URL, ReceiverName

# Whose key `mlops predict` and the other commands send.
DEFAULT_CLIENT = "default"


def _password(value: SecretStr) -> SecretStr:
    # No character that would need quoting in a URI, an INI file or a shell: one rule instead of three escapes.
    if not re.fullmatch(r"[A-Za-z0-9_-]{12,}", value.get_secret_value()):
        raise ValueError("12 or more letters, digits, '_' or '-'")
    return value


def _pem(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith("-----BEGIN "):
        raise ValueError("PEM text that starts with '-----BEGIN '")
    return value


def _has_default(keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if DEFAULT_CLIENT not in keys:
        raise ValueError(f"a key named {DEFAULT_CLIENT!r}, which the platform's own commands use, and others beside it")
    if len({key.get_secret_value() for key in keys.values()}) < len(keys):
        raise ValueError("another key for each client: one that two have cannot be told apart")
    return keys


def _recipients(value: SecretStr) -> SecretStr:
    if not all(re.fullmatch(r"age1[0-9a-z]{58}", one) for one in value.get_secret_value().split(",")):
        raise ValueError("public keys of age (age1…), several with a comma between them: `mlops backup key FILE`")
    return value


def _identity(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", value.get_secret_value()):
        raise ValueError("a secret key of age (AGE-SECRET-KEY-1…): `mlops backup key FILE`")
    return value


def _one_word(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\S+", value.get_secret_value()):
        raise ValueError("a URL, a key or a password, without spaces or line breaks")
    return value


def _url(value: SecretStr) -> SecretStr:
    if not re.fullmatch(URL, value.get_secret_value()):
        raise ValueError("a URL that starts with https:// or http://")
    return value


Password = Annotated[SecretStr, AfterValidator(_password)]
Pem = Annotated[SecretStr, AfterValidator(_pem)]

# Whom backups are sealed for. The secret keys of people are in no stack.
Identity = Annotated[SecretStr, AfterValidator(_identity)]
Recipients = Annotated[SecretStr, AfterValidator(_recipients)]
Client = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
ApiKeys = Annotated[dict[Client, Password], AfterValidator(_has_default)]
ReceiverSecret = Annotated[SecretStr, AfterValidator(_one_word)]
SecretUrl = Annotated[SecretStr, AfterValidator(_url)]


class TrackingSecrets(SettingsModel):
    """What MLflow needs on every site: its users' passwords and the key of its forms."""

    tracking_admin_password: Password
    tracking_training_password: Password
    tracking_serving_password: Password
    tracking_pruning_password: Password
    tracking_secret_key: Password


class CommonSecrets(TrackingSecrets):
    """What every site needs: also the API keys of the gateway, by the name of who has them, and who hears of alerts."""

    gateway_api_keys: ApiKeys
    backup_recipients: Recipients
    # What each of observability.alertmanager.receivers is told and must not show; a name without a receiver is idle.
    alert_receivers: dict[ReceiverName, ReceiverSecret] = Field(default_factory=dict)
    alert_heartbeat_url: SecretUrl | None = None


class MachineSecrets(CommonSecrets):
    """Passwords, keys and certificates of a stack with its own database and store, each encrypted in the stack file."""

    # Of the scheduled drill: whoever can read these secrets can read the databases, too.
    backup_drill_identity: Identity
    backup_drill_recipient: Recipients
    database_superuser_password: Password
    database_tracking_password: Password
    database_auth_password: Password
    database_studies_password: Password
    database_backup_password: Password
    database_care_password: Password
    store_access_key: Password
    store_secret_key: Password
    store_tracking_secret_key: Password
    store_training_secret_key: Password
    store_serving_secret_key: Password
    store_backup_secret_key: Password
    store_rotation_secret_key: Password
    store_drift_secret_key: Password
    store_tuning_secret_key: Password
    store_retraining_secret_key: Password
    store_pruning_secret_key: Password
    store_archive_secret_key: Password
    store_monitoring_secret_key: Password
    store_drill_secret_key: Password
    ca_certificate: Pem
    database_certificate: Pem
    database_key: Pem
    store_certificate: Pem
    store_key: Pem


class AwsSecrets(CommonSecrets):
    """On AWS identities take the place of keys; the database has passwords only with `database.login: password`."""

    database_tracking_password: Password | None = None
    database_auth_password: Password | None = None
    database_studies_password: Password | None = None
    database_backup_password: Password | None = None
    database_care_password: Password | None = None
