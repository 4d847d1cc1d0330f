#!/bin/sh
# Runs a command with MODELWRIGHT_TEST_DATABASE naming a throw-away PostgreSQL, or says that there is none here.
for folder in "" /usr/lib/postgresql/*/bin/ /opt/homebrew/opt/postgresql*/bin/ /usr/local/opt/postgresql*/bin/; do
  command -v "${folder}initdb" >/dev/null 2>&1 && command -v "${folder}pg_ctl" >/dev/null 2>&1 && found=1 && break
done
if [ -z "${found:-}" ]; then
  echo "PostgreSQL is not installed: the tests on it are skipped."
  exit 0
fi
place=$(mktemp -d) || exit 1
# PostgreSQL refuses to run as root.
as_other=""
if [ "$(id -u)" = 0 ]; then
  as_other="su -s /bin/sh postgres -c"
  chown postgres "$place"
fi
chmod 711 "$place"
do_it() {
  if [ -n "$as_other" ]; then $as_other "cd / && $1"; else sh -c "$1"; fi
}
leave() {
  do_it "${folder}pg_ctl -D $place/data -m immediate stop" >/dev/null 2>&1
  rm -rf "$place"
}
trap leave EXIT
trap 'exit 130' INT TERM
do_it "${folder}initdb -D $place/data -A trust -U modelwright -E UTF8 --no-locale" >/dev/null &&
  do_it "${folder}pg_ctl -D $place/data -l $place/data/log -w start -o \"-h '' -k $place -F -c max_connections=200\"" >/dev/null ||
  { echo "PostgreSQL could not be started: the tests on it cannot be done." >&2; exit 1; }
MODELWRIGHT_TEST_DATABASE="postgresql+psycopg://modelwright@/postgres?host=$place" "$@"
