"""What MLflow's processes read, from settings."""

from collections.abc import Sequence

import pulumi

from infra.foundation.addresses import DATABASE, TRACKING

SECRETS = "/etc/mlflow/secrets"
METRICS = "/tmp/metrics"


def database_uri(role: str, password: pulumi.Input[str]) -> pulumi.Output[str]:
    """The driver is named: SQLAlchemy's own choice for `postgresql://` changes between its versions."""
    query = f"sslmode=verify-full&sslrootcert={SECRETS}/ca.crt"
    return pulumi.Output.format("postgresql+psycopg://{0}:{1}@{2}/{0}?{3}", role, password, DATABASE.address, query)


def basic_auth_ini(uri: pulumi.Input[str]) -> pulumi.Output[str]:
    """Everyone who may log in may read; more is granted to users by name.

    No administrator's password: the users Job has made the administrator before a server starts. Without the cache each
    request costs one scrypt hash, 80 ms of a core; with it a replaced password is still accepted for at most a minute.
    """
    return pulumi.Output.format(
        "[mlflow]\n"
        "default_permission = READ\n"
        "database_uri = {0}\n"
        "admin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        "auth_cache_ttl_seconds = 60\n",
        uri,
    )


def allowed_hosts(node_address: str, node_port: int, more: Sequence[str]) -> str:
    """Every `Host` header a client may send; anything else is refused as DNS rebinding."""
    names = [f"{name}:{TRACKING.port}" for name in TRACKING.names]
    return ",".join([*names, f"{node_address}:{node_port}", *more])


def source_pattern(bucket: str) -> str:
    """What a model version may be made of: our bucket, or a model that MLflow itself recorded.

    `models:/m-…` is what registering a logged model sends; MLflow checks that it belongs to the run that is named.
    """
    return f"^(s3://{bucket}/|models:/)"
