"""PostgreSQL's own configuration files, from settings."""

from infra.foundation.quantities import in_bytes
from infra.settings.database import DatabaseSettings

CONFIG = "/etc/postgres/config"
SECRETS = "/etc/postgres/secrets"
CERTIFICATE = "/etc/postgres/certificate"
SOCKETS = "/tmp"

# Only TLS from outside. Inside the pod the server's own user is the superuser: `kubectl exec … psql -h /tmp`.
HBA = """\
local   all all           peer map=pod
hostssl all all 0.0.0.0/0 scram-sha-256
hostssl all all ::/0      scram-sha-256
# `all` is every database, and no replication.
hostssl replication backup 0.0.0.0/0 scram-sha-256
hostssl replication backup ::/0      scram-sha-256
"""
IDENT = "pod nonroot postgres\n"


def postgresql_conf(settings: DatabaseSettings) -> str:
    """`postgresql.conf`: durability as PostgreSQL ships it (fsync, synchronous commit), the rest sized to the pod."""
    shared_buffers = in_bytes(settings.shared_buffers) // 2**20
    values = {
        "listen_addresses": "'*'",
        "unix_socket_directories": f"'{SOCKETS}'",
        "max_connections": settings.max_connections,
        "hba_file": f"'{CONFIG}/pg_hba.conf'",
        "ident_file": f"'{CONFIG}/pg_ident.conf'",
        "password_encryption": "scram-sha-256",
        "ssl": "on",
        "ssl_cert_file": f"'{CERTIFICATE}/tls.crt'",
        "ssl_key_file": f"'{CERTIFICATE}/tls.key'",
        "ssl_min_protocol_version": "'TLSv1.3'",
        "shared_buffers": f"{shared_buffers}MB",
        "effective_cache_size": f"{2 * shared_buffers}MB",
        "maintenance_work_mem": "64MB",
        "wal_level": "replica",
        "wal_compression": "on",
        # What an archiver that is away may keep here: beyond it the log is lost for it, and the disk is not full.
        "max_slot_wal_keep_size": f"{in_bytes(settings.storage) // 4 // 2**20}MB",
        "max_wal_size": "1GB",
        "checkpoint_timeout": "5min",
        "idle_in_transaction_session_timeout": "10min",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_checkpoints": "on",
        "log_lock_waits": "on",
        "log_min_duration_statement": "1s",
        "timezone": "'UTC'",
    }
    return "".join(f"{key} = {value}\n" for key, value in values.items())
