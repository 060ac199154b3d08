#!/bin/bash
# Makes .venv with a Python of at least 3.11, or says in one line what the machine lacks.   scripts/python.sh [PYTHON]
set -eu
python=${1:-python3}
lacks() { echo "gongfu: $1" >&2; exit 1; }

command -v "$python" >/dev/null || lacks "no '$python' here: install the system package python3 (3.11 or newer)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    lacks "$("$python" --version) is too old: Python 3.11 or newer is needed; name one with  make setup PYTHON=/path/to/python3"
"$python" -c 'import venv, ensurepip' 2>/dev/null || lacks "the system package python3-venv is missing"
echo "· $("$python" --version) in .venv"
"$python" -m venv .venv
pwd >.venv/place
