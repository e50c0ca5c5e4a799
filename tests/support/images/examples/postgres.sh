#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL as the official image starts it: POSTGRES_PASSWORD, POSTGRES_USER and POSTGRES_DB, each also
# as _FILE, count when the data directory is empty; TCP asks for the password.
set -eu

# from_file NAME: $NAME, else what the file $NAME_FILE holds.
from_file() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  [ -z "$file" ] || value=$(cat "$file")
  [ -z "$value" ] || export "$1=$value"
  unset "$1_FILE"
}
for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB; do from_file "$name"; done
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}

case ${1:-} in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /run/postgresql
  chown -R postgres:postgres "$PGDATA" /run/postgresql
  exec su -p -s /bin/sh -c 'exec "$0" "$@"' -- postgres "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "error: the database is not there yet, and no POSTGRES_PASSWORD is given" >&2
    exit 1
  fi
  chmod 700 "$PGDATA"
  echo "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust \
    --auth-host=scram-sha-256 --locale=C.UTF-8 --encoding=UTF8 --no-sync >/dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # Reached through its socket only until all is there.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w -s start
  [ "$POSTGRES_DB" = postgres ] || createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
  for file in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -f "$file" ] || psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$file"
  done
  pg_ctl -D "$PGDATA" -m fast -w -s stop
fi
unset POSTGRES_PASSWORD
exec "$@" -c listen_addresses='*'
