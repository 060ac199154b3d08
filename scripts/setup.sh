#!/bin/sh
# Install what is locked into .venv and node_modules.  setup.sh run | test.  Says in one line what the machine lacks.
set -eu
cd "$(dirname "$0")/.."
what="${1:-run}"
python="${PYTHON:-python3}"
fail() { echo "setup: $*" >&2; exit 2; }
step() { echo "  $*"; }
install() { .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps -r "$1" || fail "pip could not install $1 (see above)"; }
node_runs() { command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1; }

command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is missing: install python3 and python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed; $("$python" --version) found (set PYTHON=...)"
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  "$python" -c 'import venv, ensurepip' 2>/dev/null || fail "Python's venv module is missing: apt install python3-venv"
  step "making .venv"
  "$python" -m venv .venv || fail "python could not make .venv (see above)"
fi
pwd > .venv/place
list=requirements/run.txt
[ "$what" = test ] && list=requirements/dev.txt
step "installing Python packages ($list, with hashes)"
install "$list"
# The project itself: a command that finds it beside .venv. No path file: those break Python where a locale cannot read the path.
cat > .venv/bin/gongfu <<'COMMAND'
#!/bin/sh
bin="$(dirname "$(readlink -f "$0")")"
PYTHONPATH="${bin%/.venv/bin}${PYTHONPATH:+:$PYTHONPATH}" exec "$bin/python" -m gongfu.config.cli "$@"
COMMAND
chmod +x .venv/bin/gongfu

if [ ! -f node_modules/.gongfu-stamp ] || [ package-lock.json -nt node_modules/.gongfu-stamp ]; then
  step "fetching web assets (package-lock.json)"
  if ! node_runs; then
    step "no node 18 or newer here: taking it from a Python package"
    install requirements/assets.txt
    PATH="$(pwd)/.venv/bin:$PATH"
    node_runs || fail "neither the system's node nor the Python package's runs here"
  fi
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || fail "npm could not fetch the web assets (see above)"
  touch node_modules/.gongfu-stamp
fi
touch ".venv/.setup-$what"
