# make help tells what there is. Needs git, make and Python 3.11 or newer; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT
CATALOGUE := roadworks/translations/zh/LC_MESSAGES/messages

.DEFAULT_GOAL := help
.PHONY: help run test lint bench screens clean

help:  ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/'

run: $(VENV)/installed $(CATALOGUE).mo static/vendor/stamp  ## The demo on http://127.0.0.1:8000 (PORT=8001 for another)
	@exec $(BIN)/python -m roadworks.serve

test: $(VENV)/tested $(CATALOGUE).mo static/vendor/stamp  ## All tests: SQLite, PostgreSQL, a real browser
	@sh tests/ensure-browser.sh
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/tested  ## ruff, mypy, templates, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	ROADWORKS_DEMO=1 $(BIN)/python -m flask --app wsgi translations check

bench: $(VENV)/tested $(CATALOGUE).mo static/vendor/stamp  ## Speed as ratios against a floor, on SQLite and PostgreSQL
	$(BIN)/python -m tests.bench.run

screens: $(VENV)/tested $(CATALOGUE).mo static/vendor/stamp  ## The pictures in docs/screens
	@sh tests/ensure-browser.sh
	$(BIN)/python -m tests.browser.screens

clean:  ## Take away all that was made (the demo's data too)
	rm -rf $(VENV) instance static/vendor $(CATALOGUE).mo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/tested: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(CATALOGUE).mo: $(CATALOGUE).po $(VENV)/installed
	@ROADWORKS_DEMO=1 $(BIN)/python -m flask --app wsgi translations compile

static/vendor/stamp: requirements-assets.txt $(VENV)/installed
	@$(BIN)/python roadworks/assets.py
	@touch $@
