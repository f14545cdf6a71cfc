# Everything a fresh machine needs: CPython 3.11 or newer, make, git.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTS  ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs lock clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

demo: $(READY) ## the whole circle on this computer: write, schedule, deliver, leave
	@$(BIN)/python -m demo

test: $(READY) ## run the tests, one worker a processor (TESTS=path for some of them)
	@$(BIN)/python -m pytest -n auto --dist worksteal \
	  -m "not browser and not postgres and not mta and not soak" $(TESTS)

check: $(READY) ## format, lint, types, import rules, docs up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs --check

bench: $(READY) ## how fast, side by side with what you would pick instead
	@$(BIN)/python -m bench

docs: $(READY) ## write the generated parts of the manual anew
	@$(BIN)/python -m docs

lock: $(READY) ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --group dev pyproject.toml -o requirements.lock

clean: ## remove what was built and installed here
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

# Plain pip, hashes checked; then the project itself without looking at dependencies again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newsletter needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "setting up $(VENV) (once; a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
