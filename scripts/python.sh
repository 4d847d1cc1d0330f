#!/bin/sh
# Prints the first Python of version 3.11 or newer on this machine, or says what to install.
for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
  [ -n "$name" ] || continue
  if "$name" -c 'import ensurepip, sys, venv; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    command -v "$name"
    exit 0
  fi
done
echo "Modelwright needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: sudo apt-get install python3-venv). Install it and run this again, or name it: make run PYTHON=/path/to/python3" >&2
exit 1
