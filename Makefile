# `make run` and `make test` do all their own set-up. Idempotent; quick the second time.
.PHONY: run test verify-model format clean

VENV := .venv
BIN := $(VENV)/bin
EMULATOR := tests/emulator
# The newest Python that is suitable; one with the venv module, 3.11 or later.
CANDIDATES := python3.15 python3.14 python3.13 python3.12 python3.11 python3
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(p))))

run: $(VENV)/.run
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh -c "exec $$(sed -n 's/^web: //p' Procfile)"

test: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --cov --cov-report=term

# Optional: plays the skill with an emulator that others wrote, for each locale's model. Needs Node.js and npm.
verify-model: $(VENV)/.test $(EMULATOR)/node_modules/.package-lock.json
	$(BIN)/python -m tests.emulator

$(EMULATOR)/node_modules/.package-lock.json: $(EMULATOR)/package-lock.json
	@command -v npm >/dev/null || { echo "This needs Node.js 20 or later with npm (on Debian: apt install nodejs npm)." >&2; exit 1; }
	npm ci --prefix $(EMULATOR) --ignore-scripts --no-audit --no-fund
	@touch $@

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(EMULATOR)/node_modules

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Gentle Back needs Python 3.11 or later with its venv module, and found none (on Debian: apt install python3 python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
