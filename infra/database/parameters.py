"""PostgreSQL's parameters on RDS, from settings: what `configuration.py` says, as far as RDS lets it be said.

Sizes are RDS' own, by the memory of the class; the log's prefix, TLS certificates and `pg_hba.conf` cannot be set.
"""

from infra.settings.rds import RdsSettings

# Take effect at a restart only. RDS refuses `immediate` for them, and shows no drift for the others with it.
STATIC = frozenset({"max_connections", "rds.force_ssl"})


def parameters(settings: RdsSettings) -> dict[str, str]:
    """Name → value in PostgreSQL's base unit (milliseconds), as RDS wants it."""
    return {
        "rds.force_ssl": "1",
        # Clients of PostgreSQL 12 and later speak 1.3; 1.2 is for health checks and drivers of the account's own tools.
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "max_connections": str(settings.max_connections),
        "idle_in_transaction_session_timeout": "600000",
        "log_checkpoints": "1",
        "log_lock_waits": "1",
        "log_min_duration_statement": "1000",
    }


def method(name: str) -> str:
    """When a change takes effect."""
    return "pending-reboot" if name in STATIC else "immediate"
