# Two commands matter: `make run` and `make test`.
# Paths are relative, so that the checkout may lie in a folder of any name. Two things make the stamps of setting up void:
# a checkout moved with its .venv, whose programs name their old place, and a node_modules that was removed.
VOID := $(shell [ ! -f .venv/place ] || [ "$$(cat .venv/place)" = "$$(pwd)" ] || rm -rf .venv; \
                [ -f node_modules/.gongfu-stamp ] || rm -f .venv/.setup-*)

.PHONY: run test setup lint crash bench lock clean
COMPILE = uv pip compile -q --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# Modules are compiled once, not at every start.
export PYTHONDONTWRITEBYTECODE :=
PY = .venv/bin/python -W ignore::RuntimeWarning

run: .venv/.setup-run
	@$(PY) -m gongfu.config.cli up

setup: .venv/.setup-run

.venv/.setup-run: requirements/run.txt package-lock.json scripts/setup.sh
	@sh scripts/setup.sh run

.venv/.setup-test: requirements/dev.txt package-lock.json scripts/setup.sh
	@sh scripts/setup.sh test
	@touch .venv/.setup-run

lint: .venv/.setup-test
	@$(PY) -m ruff check .
	@GONGFU_DATA=.gongfu-test $(PY) -m mypy gongfu house
	@$(PY) -m house.contracts
	@$(PY) -m djlint gongfu --lint --quiet

test: .venv/.setup-test
	@sh scripts/browser.sh
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

crash: .venv/.setup-test
	@$(PY) -m bench.crash $(or $(N),1000)

bench: .venv/.setup-run
	@$(PY) -m gongfu.config.cli bench intake

lock:
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	$(COMPILE) --group pyproject.toml:assets -o requirements/assets.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:
	rm -rf .venv node_modules .gongfu .gongfu-test .mypy_cache .ruff_cache .pytest_cache
