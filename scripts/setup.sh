#!/bin/sh
# Install what is locked into .venv and node_modules.  setup.sh run | test.  Says in one line what the machine lacks.
set -eu
cd "$(dirname "$0")/.."
what="${1:-run}"
python="${PYTHON:-python3}"
fail() { echo "setup: $*" >&2; exit 2; }
step() { echo "  $*"; }

command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is missing: install python3 and python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed; $("$python" --version) found (set PYTHON=...)"
if [ ! -x .venv/bin/python ]; then
  step "making .venv"
  "$python" -m venv .venv 2>/dev/null || "$python" -m venv --clear .venv >/dev/null 2>&1 || fail "the venv module is missing: apt install python3-venv"
fi
list=requirements/run.txt
[ "$what" = test ] && list=requirements/dev.txt
step "installing Python packages ($list, with hashes)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$list" || fail "pip could not install $list (see above)"
# The project itself: a path file, so that nothing is built and no build tool is fetched.
site="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
pwd > "$site/gongfu.pth"
printf '#!/bin/sh\nexec "$(dirname "$0")/python" -m gongfu.config.cli "$@"\n' > .venv/bin/gongfu
chmod +x .venv/bin/gongfu

if [ ! -f node_modules/.gongfu-stamp ] || [ package-lock.json -nt node_modules/.gongfu-stamp ]; then
  step "fetching web assets (package-lock.json)"
  if command -v npm >/dev/null 2>&1; then
    npm ci --ignore-scripts --no-audit --no-fund --silent || fail "npm could not fetch the web assets"
  else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/assets.txt || fail "neither npm nor the nodejs wheel is to be had"
    PATH="$(pwd)/.venv/bin:$PATH" .venv/bin/npm ci --ignore-scripts --no-audit --no-fund --silent || fail "npm could not fetch the web assets"
  fi
  touch node_modules/.gongfu-stamp
fi
touch ".venv/.setup-$what"
