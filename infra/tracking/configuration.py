"""What MLflow's processes read, from settings."""

from collections.abc import Sequence

import pulumi

from infra.foundation.addresses import TRACKING

SECRETS = "/etc/mlflow/secrets"
CA_FILE = f"{SECRETS}/ca.crt"
METRICS = "/tmp/metrics"


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


def allowed_hosts(outside: Sequence[str], more: Sequence[str]) -> str:
    """Every `Host` header a client may send; anything else is refused as DNS rebinding."""
    names = [f"{name}:{TRACKING.port}" for name in TRACKING.names]
    return ",".join([*names, *outside, *more])


def source_pattern(bucket: str) -> str:
    """What a model version may be made of: our bucket, or a model that MLflow itself recorded.

    `models:/m-…` is what registering a logged model sends; MLflow checks that it belongs to the run that is named.
    """
    return f"^(s3://{bucket}/|models:/)"
