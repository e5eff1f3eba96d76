#!/bin/sh
# Starts PostgreSQL in its pod. Makes the cluster of databases on an empty volume, then gives the superuser the password
# of the mounted Secret (so that a new password takes effect with the restart it causes), then becomes the server, which
# is told of a renewed certificate.
set -eu
bin=${POSTGRES_BIN:-/usr/lib/postgresql/17/bin}
etc=${POSTGRES_ETC:-/etc/postgres}
secrets=$etc/secrets

if [ ! -e "$PGDATA/PG_VERSION" ]; then
  # Made beside its place and moved: a pod killed half-way leaves nothing that looks like a database.
  rm -rf "$PGDATA.new"
  "$bin/initdb" --pgdata="$PGDATA.new" --username=postgres --pwfile="$secrets/superuser-password" \
    --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
  mv "$PGDATA.new" "$PGDATA"
fi

# Single-user mode: no socket is open yet, and a database that was killed recovers here first. A slow or failed
# ALTER ROLE must not put the password into the server's log.
printf "ALTER ROLE postgres PASSWORD '%s'\n" "$(cat "$secrets/superuser-password")" |
  "$bin/postgres" --single -D "$PGDATA" -c "config_file=$etc/config/postgresql.conf" \
    -c log_min_duration_statement=-1 -c log_min_error_statement=panic postgres >/dev/null

# SIGHUP: PostgreSQL shows the new certificate to those who connect from then on and closes no connection. This goes on
# as a child of the server, which takes one that ends by a signal or with more than 1 for a crashed backend.
(
  shown=$(cksum <"$etc/certificate/tls.crt")
  while sleep "${CERTIFICATE_SECONDS:-10}" && kill -0 $$; do
    found=$(cksum <"$etc/certificate/tls.crt") || continue
    [ "$found" = "$shown" ] || { kill -HUP $$ && shown=$found; } || exit 0
  done
) &

exec "$bin/postgres" -D "$PGDATA" -c "config_file=$etc/config/postgresql.conf"
