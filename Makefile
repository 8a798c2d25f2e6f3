# Targets people use; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ATTACK := .venv-attack
ATTACK_SEED := $(or $(ATTACK_SEED),$(shell date +%s))
ATTACK_BODIES ?= 10
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-faults test-attack test-attack-sample drill lint fmt translations translations-update migrate revision freeze assets bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-20s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned requirements (about a minute the first time)…"
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "Installing what the tests need…"
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

$(ATTACK)/installed: requirements-attack.txt
	@test -x $(ATTACK)/bin/python || $(PYTHON) -m venv $(ATTACK)
	@echo "Installing the scanners into $(ATTACK)…"
	@$(ATTACK)/bin/pip install --quiet --quiet --disable-pip-version-check --requirement requirements-attack.txt
	@touch $@

TRANSLATIONS := $(wildcard civicportal/translations/*/LC_MESSAGES/messages.po)
COMPILED := $(TRANSLATIONS:.po=.mo)
%.mo: %.po $(VENV)/installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/,%,$(dir $(patsubst %/,%,$(dir $<)))))

install: $(VENV)/installed $(COMPILED) ## Make .venv and install the pinned requirements

install-dev: $(VENV)/installed-dev $(COMPILED) ## The same with the tools for tests and checks

run: install ## Run the whole portal on 127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/python -m worker.supervisor

test: install-dev ## Run all tests (DATABASE_URL=… runs them on that server)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not processes and not faults and not attack" $(ARGS)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "(browser or processes) and not faults and not attack" $(ARGS)
	@test -n "$(DATABASE_URL)" || $(BIN)/python -m tests.on_postgresql

test-faults: install-dev ## Long runs with killed processes
	@$(BIN)/python -m pytest -m faults $(ARGS)

test-attack: install-dev $(ATTACK)/installed ## Attack a running portal with scanners, its forms with nonsense (DATABASE_URL=…)
	@echo "ATTACK_SEED=$(ATTACK_SEED) ATTACK_BODIES=$(ATTACK_BODIES) repeats what the forms are sent"
	@ATTACK_SEED=$(ATTACK_SEED) ATTACK_BODIES=$(ATTACK_BODIES) $(BIN)/python -m pytest -s -v -m "not sample" tests/attack $(ARGS)

test-attack-sample: install-dev $(ATTACK)/installed ## The scanners on a few pages, in under two minutes
	@$(BIN)/python -m pytest -m sample tests/attack $(ARGS)

drill: install-dev ## Fill, back up, destroy and restore a portal, and measure it (ARGS="--filings 10000")
	@$(BIN)/python -m tests.drill $(ARGS)

lint: install-dev ## ruff, mypy, import contracts, translations
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.architecture.translations

fmt: install-dev ## Let ruff put things in order
	@$(BIN)/ruff check --fix .

translations-update: install-dev ## Collect texts into the .po files
	@$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keywords "lazy _ ngettext:1,2" --add-comments "NOTE:" \
		--no-location --sort-output --project civicportal --output civicportal/translations/messages.pot .
	@for locale in $(TRANSLATIONS:civicportal/translations/%/LC_MESSAGES/messages.po=%); do $(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-pot-creation-date --ignore-obsolete --no-wrap --domain messages \
		--input-file civicportal/translations/messages.pot --output-dir civicportal/translations --locale $$locale; done

revision: install-dev ## Make a migration from the models (m="why")
	@$(BIN)/flask --app wsgi db revision --autogenerate --message "$(m)"

freeze: ## Pin the three requirements*.txt again
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --upgrade --no-annotate --no-header requirements.in --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --no-annotate --no-header requirements-dev.in --output-file requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --upgrade --no-annotate --no-header requirements-attack.in --output-file requirements-attack.txt

assets: ## Rebuild static/build from static/src (needs Node.js)
	@npm install --no-package-lock --no-audit --no-fund --silent && npm run --silent build

bench: install-dev ## Print the benchmarks' ratios
	@for name in $(basename $(notdir $(wildcard bench/[a-z]*.py))); do echo "== $$name"; $(BIN)/python -m bench.$$name || exit 1; done

clean: ## Remove the environments; instance/ stays
	@rm -rf $(VENV) $(ATTACK) node_modules
