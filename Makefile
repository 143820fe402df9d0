# make demo | demo-web | demo-slide | test | test-notebooks | test-long | lint | notebooks | clean
# Everything is installed into .venv. Safe to run twice, and to interrupt: a step that was not
# finished is done again.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
FAILED = error: pip could not install (its message stands above); check the network and the free \
	disk space (about $(1)), then run make $(MAKECMDGOALS) again

# Test processes: one a core, four at most (each grows to 3 GB).
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
# A file stays in one process, for its fixtures; tests/conftest.py puts the longest first.
SHARED := --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder

.PHONY: demo demo-web demo-slide test test-notebooks test-long lint notebooks clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.installed
	@echo "== demo: train the mini policy on charts =="
	$(PY) -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo

demo-web: $(VENV)/.installed $(VENV)/.browser
	@echo "== demo: train the mini policy on web pages =="
	$(PY) -m vsdpo_jax.train --config=configs/mini_web.py --workdir=runs/demo-web

demo-slide: $(VENV)/.installed $(VENV)/.office
	@echo "== demo: train the mini policy on slides =="
	$(PY) -m vsdpo_jax.train --config=configs/mini_slide.py --workdir=runs/demo-slide

test: lint $(VENV)/.browser $(VENV)/.office
	@echo "== tests =="
	$(PY) -m pytest $(SHARED) -m "not long and not notebook"

# All five from the first cell to the last, 02 and 03 in small; two minutes.
test-notebooks: $(VENV)/.installed-dev $(VENV)/.browser $(VENV)/.office
	@echo "== notebooks =="
	$(PY) -m pytest --numprocesses=$(JOBS) -m notebook

# What takes minutes a test and guards what seldom moves: nightly, and before a release.
test-long: $(VENV)/.installed-dev $(VENV)/.browser $(VENV)/.office
	@echo "== long tests =="
	$(PY) -m pytest $(SHARED) -m long

lint: $(VENV)/.installed-dev
	@echo "== lint and types =="
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pyright

# The .py of each is edited; this writes the .ipynb beside it, with what its cells say here.
notebooks: $(VENV)/.installed-dev $(VENV)/.browser $(VENV)/.office
	@echo "== notebooks: executing all of them (about half an hour) =="
	JAX_PLATFORMS=cpu $(PY) notebooks/store.py

clean:
	@echo "== clean: removing $(VENV) and caches (runs/ stays) =="
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A finished, suitable .venv is kept; anything else is made anew.
$(VENV)/.made:
	@if [ -x $(PY) ] && $(PY) -c "import pip; $(SUITABLE)" 2>/dev/null; then
	  touch $@
	  exit 0
	fi
	for python in $(or $(PYTHON),python3.11 python3.12 python3 python); do
	  if "$$python" -c "import ensurepip, venv; $(SUITABLE)" >/dev/null 2>&1; then
	    echo "== set-up: making $(VENV) with $$("$$python" --version) =="
	    if ! "$$python" -m venv --clear $(VENV); then
	      echo "error: $$python could not make $(VENV); check the free disk space and whether this folder can be written" >&2
	      exit 1
	    fi
	    touch $@
	    exit 0
	  fi
	done
	echo "error: $(if $(PYTHON),$(PYTHON) is not,found no) Python 3.11 or 3.12 with the modules venv and ensurepip; install one (Debian and Ubuntu: python3 and python3-venv), or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2
	exit 1

# The stamps make a second run quick; a change of setup.py installs again.
$(VENV)/.installed: setup.py | $(VENV)/.made
	@echo "== set-up: installing vsdpo_jax and what it needs (about a minute) =="
	$(PIP_INSTALL) --editable . || { echo "$(call FAILED,1.5 GB)" >&2; exit 1; }
	touch $@

# One pip command, so that the pin of torch (the oracle of parity tests) holds before anything
# could ask for a newer one, which would bring several GB of CUDA packages.
$(VENV)/.installed-dev: setup.py | $(VENV)/.made
	@echo "== set-up: installing vsdpo_jax with test tools (some minutes) =="
	$(PIP_INSTALL) --editable '.[dev]' || { echo "$(call FAILED,3 GB)" >&2; exit 1; }
	touch $@ $(VENV)/.installed

# What renders pages; asked for by what renders some.
$(VENV)/.browser: | $(VENV)/.installed
	$(PY) -m vsdpo_jax.domains.web.browser.install
	touch $@

# What renders slides for comparison, and the fonts of all slides.
$(VENV)/.office: | $(VENV)/.installed
	$(PY) -m vsdpo_jax.domains.slide.render.install
	touch $@
