# Two commands matter: `make run` and `make test`.
# A checkout that was moved or copied with its .venv is set up anew: the programs in it name their old place.
MOVED := $(shell [ ! -f .venv/place ] || [ "$$(cat .venv/place)" = "$$PWD" ] || rm -rf .venv)

.PHONY: run test setup lint crash bench lock clean
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
	@GONGFU_DATA=.gongfu-test $(PY) -m mypy gongfu house bench
	@$(PY) -m house.contracts
	@$(PY) -m djlint gongfu --lint --quiet

test: .venv/.setup-test
	@sh scripts/browser.sh
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -n 2 --dist loadfile

crash: .venv/.setup-test
	@$(PY) -m bench.crash $(or $(N),1000)

bench: .venv/.setup-run
	@$(PY) -m gongfu.config.cli bench intake

lock:
	uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements/run.txt
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements/dev.txt
	uv pip compile --group assets --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements/assets.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts

clean:
	rm -rf .venv node_modules .gongfu .gongfu-test .mypy_cache .ruff_cache .pytest_cache
