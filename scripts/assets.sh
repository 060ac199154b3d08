#!/bin/bash
# Installs the page assets of package-lock.json with the system's node (18 or newer), or else with node from a Python package.
set -eu
new_enough='process.exit(Number(process.versions.node.split(".")[0]) < 18 ? 1 : 0)'
if ! { command -v npm && command -v node && node -e "$new_enough"; } >/dev/null 2>&1; then
    echo "· node (a Python package, for the system has none of version 18 or newer)"
    .venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r requirements/assets.txt
    PATH="$PWD/.venv/bin:$PATH"
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
