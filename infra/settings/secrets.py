"""Every secret of the stack. Values are pydantic secrets: a printed model shows asterisks."""

from typing import Annotated

from pydantic import SecretStr, StringConstraints

from infra.settings.base import SettingsModel

# No character that would need quoting in a URI, an INI file or a shell: one rule instead of four escapes.
Password = Annotated[SecretStr, StringConstraints(min_length=12, pattern=r"^[A-Za-z0-9_-]+$")]
Pem = Annotated[SecretStr, StringConstraints(pattern=r"^-----BEGIN ")]


class SecretsSettings(SettingsModel):
    """Passwords, keys and certificates, each encrypted in the stack file."""

    database_superuser_password: Password
    database_tracking_password: Password
    database_auth_password: Password
    store_access_key: Password
    store_secret_key: Password
    tracking_admin_password: Password
    tracking_training_password: Password
    tracking_serving_password: Password
    tracking_secret_key: Password
    ca_certificate: Pem
    database_certificate: Pem
    database_key: Pem
    store_certificate: Pem
    store_key: Pem
