# Two commands matter: `make demo` and `make test`. Everything else is a part of them.
#
# The environment is .venv. It is set up once, and again when a lock file changed; a stamp file in
# it remembers. pip asks whatever index this machine is configured with, and takes nothing whose
# hash is not in the lock.

.NOTPARALLEL:
.SUFFIXES:
.DELETE_ON_ERROR:

BIN := .venv/bin
PINNED := .venv/base-requirements-installed
PROJECT := .venv/project-installed
DEV := .venv/dev-requirements-installed
# One worker more than the two cores aimed at: a worker often waits for a browser or a server.
PYTEST := $(BIN)/pytest -n 3 --dist worksteal
CATALOGS := $(wildcard survey/translations/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGS:.po=.mo)
POT := build/messages.pot
CATALOG_STYLE := --no-wrap --omit-header

.DEFAULT_GOAL := help
.PHONY: help demo test machine venv dev lint types contracts unit story browser pictures format \
	translations messages lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: $(PROJECT) $(COMPILED) ## The whole way of one county, then the site (ONCE=1: without the site)
	@$(BIN)/renkedu demo $(if $(ONCE),--once)

test: machine dev lint types contracts ## Everything that is checked, setting up what it needs
	@$(PYTEST)

machine: ## Install Debian's chromium, fonts-noto-cjk, postgresql where they are missing
	@sh tests/prepare_machine.sh

venv: $(PROJECT) $(COMPILED) ## The environment the program runs in

dev: $(DEV) $(COMPILED) ## The environment the checks run in

lint: $(DEV) ## Style of code (ruff) and of templates (djlint)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --lint --quiet templates

types: $(DEV) ## mypy, strict
	@$(BIN)/mypy

contracts: $(DEV) ## Which room may import which (import-linter)
	@$(BIN)/lint-imports --no-logo

unit: dev ## Tests without the story and the browser (T="-k word" adds options to pytest)
	@$(PYTEST) --ignore tests/story --ignore tests/browser $(T)

story: dev ## The way of a small county through the supervisor's pages
	@$(BIN)/pytest tests/story $(T)

browser: dev ## A questionnaire answered in Chromium; keeps build/screenshots
	@$(BIN)/pytest tests/browser $(T)

pictures: dev ## Renew the pictures of the guide by walking through the desk
	@mkdir -p docs/zh/pictures
	@PICTURES=docs/zh/pictures $(BIN)/pytest tests/browser/test_desk_walk.py \
		tests/browser/test_plan_and_ceremony.py tests/browser/test_reaching.py -k "not phone and not postgresql"

format: $(DEV) ## Put code into the one style
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

translations: $(DEV) messages ## Carry new messages into every catalogue and compile them
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete $(CATALOG_STYLE) \
		--locale zh --init-missing --input-file $(POT) --output-dir survey/translations
	@$(MAKE) --no-print-directory dev

# No prerequisites: the test that compares the catalogues with the code calls it too.
messages:
	@mkdir -p $(dir $(POT))
	@$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --output-file $(POT) \
		--keywords N_ --keywords lazy_gettext --sort-output --no-location $(CATALOG_STYLE) .

# A catalogue without a header counts as fuzzy as a whole; that no message is, a test sees to.
%.mo: %.po | $(PROJECT)
	@$(BIN)/pybabel --quiet compile --use-fuzzy --input-file $< --output-file $@ \
		--locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

lock: $(DEV) ## Pin the requirements anew (UPGRADE=1: to the newest versions)
	@for set in base dev; do \
		$(BIN)/uv pip compile requirements/$$set.in --output-file requirements/$$set.txt \
			$$(test $$set = base || echo --constraints requirements/base.txt) \
			--universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			--quiet $(if $(UPGRADE),--upgrade) || exit 1; \
	done

clean: ## Remove the environment and everything that was built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@sh requirements/make_venv.sh .venv

$(PINNED): requirements/base.txt | .venv/bin/python
	@echo "Installing what the program needs into .venv; once, and it can take a few minutes."
	@$(BIN)/python -m pip install --require-hashes --requirement requirements/base.txt
	@touch $@

$(PROJECT): $(PINNED) pyproject.toml hatch_build.py
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.txt $(PINNED) | $(PROJECT)
	@echo "Installing what the checks need into .venv; once, and it can take a few minutes."
	@$(BIN)/python -m pip install --require-hashes --requirement requirements/dev.txt
	@touch $@
