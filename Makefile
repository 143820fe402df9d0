# make demo | test | lint | clean. Safe to run twice and to interrupt.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo test lint clean

demo: $(VENV)/.run
	@echo "== demo: train the mini policy on charts (about 5 minutes on 2 cores) =="
	$(PY) -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo

test: lint
	@echo "== tests =="
	$(PY) -m pytest

lint: $(VENV)/.dev
	@echo "== lint and types =="
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(PY) -m pyright

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@for python in $(PYTHON) python3.12 python3.11 python3; do
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
	    echo "== set-up: $$("$$python" --version) -> $(VENV) =="
	    if "$$python" -m venv --clear $(VENV); then exit 0; fi
	  fi
	done
	echo "error: no Python 3.11 or 3.12 with venv was found; install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2
	exit 1

# The stamps make a second run quick; a change of setup.py installs again. Installing .[dev] in one
# command lets its torch pin decide before anything asks for a plain torch.
$(VENV)/.run: setup.py | $(VENV)/bin/python
	@echo "== set-up: installing vsdpo_jax =="
	if ! $(PY) -m pip install --quiet --disable-pip-version-check -e .; then
	  echo "error: pip could not install; look at its message above (network? disk space?), then run make $(MAKECMDGOALS) again" >&2
	  exit 1
	fi
	touch $@

$(VENV)/.dev: setup.py | $(VENV)/bin/python
	@echo "== set-up: installing vsdpo_jax[dev] (torch, the oracle of parity tests, takes a while) =="
	if ! $(PY) -m pip install --quiet --disable-pip-version-check -e '.[dev]'; then
	  echo "error: pip could not install; look at its message above (network? disk space?), then run make $(MAKECMDGOALS) again" >&2
	  exit 1
	fi
	touch $@ $(VENV)/.run
