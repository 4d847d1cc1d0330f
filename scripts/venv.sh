#!/bin/sh
# Makes a virtual environment in the folder unless a whole one is there; where that fails nothing is left.
"$1/bin/python" -m pip --version >/dev/null 2>&1 && exit 0
python=$("$(dirname "$0")/python.sh") || exit 1
"$python" -m venv --clear "$1" && exit 0
rm -rf "$1"
exit 1
