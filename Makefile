# Everything a clone needs, from Python 3.11 and GNU make alone. `make help` lists the targets.
# A target that succeeded leaves a stamp, so a second call does no work twice; `make clean` forgets the stamps.

PYTHON ?= python3
VENV   ?= .venv
EXTRAS ?= tensorflow,flax,docs,notebooks,test
DEVICE ?= auto
JOBS   ?= 2
PORT   ?= 8000

BIN    := $(VENV)/bin
BUILD  := _build
STAMPS := $(BUILD)/stamps

find_files = $(shell find $(1) -type f -not -path '*/__pycache__/*' -not -path '*/.*' 2>/dev/null)

PACKAGE  := $(call find_files,albert_docs_pkg) pyproject.toml
PAGES    := $(call find_files,docs examples/results) index.rst README.md CONTRIBUTING.md CHANGELOG.md
RUNNER   := conftest.py $(wildcard tests/snippets/*.py)
NOTEBOOKS := $(call find_files,notebooks)
TESTS    := $(call find_files,tests) $(call find_files,examples) conftest.py
PROJECT  := Makefile constraints.txt LICENSE CITATION.cff .ci/run .github/workflows/ci.yml

SNIPPETS_IN := docs README.md CONTRIBUTING.md albert_docs_pkg
PYTEST      := $(BIN)/python -m pytest
# One thread for each worker: the workers already fill the cores.
WORKERS     := OMP_NUM_THREADS=1 $(PYTEST) -n $(JOBS) --dist loadfile

.PHONY: help html test doctest notebooks test-slow lint format serve clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-10s %s\n", $$1, $$2}'

html: $(STAMPS)/html ## run every snippet and notebook, build the site, say where it is
	@echo "The site is at $(CURDIR)/$(BUILD)/html/index.html (make serve opens a local server)."

test: $(STAMPS)/test ## lint, snippets, a warning-free site, unit tests
	@echo "Everything passed; nothing is rerun until a file changes (make clean forgets)."

doctest: $(VENV)/.stamp ## run the snippets, and the notebooks that changed, on DEVICE=auto|cpu|cuda
	$(run_snippets)
	$(run_notebooks)

notebooks: $(VENV)/.stamp ## run the notebooks that changed, on DEVICE=auto|cpu|cuda
	$(run_notebooks)

test-slow: $(VENV)/.stamp $(STAMPS)/html ## the tests that take minutes
	$(WORKERS) -m slow tests

lint: $(VENV)/.stamp ## formatting, lint, types
	$(run_lint)

format: $(VENV)/.stamp ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

serve: html ## serve the built site at http://localhost:$(PORT)
	$(BIN)/python -m http.server --directory $(BUILD)/html --bind 127.0.0.1 $(PORT)

clean: ## remove what was built, keep the environment
	rm -rf $(BUILD) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## remove the environment as well
	rm -rf $(VENV)

# ---------------------------------------------------------------------------------------------- stamped steps

$(VENV)/.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "This needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "No virtual environment could be made: on Debian and Ubuntu, apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@echo "Installing the pinned dependencies into $(VENV); this takes minutes, once."
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[$(EXTRAS)]"
	@touch $@

define run_lint
$(BIN)/ruff format --check .
$(BIN)/ruff check .
$(BIN)/mypy
endef

# A run on any device satisfies the pages, which show what device it was. Pages that show TensorFlow or Flax have
# processes of their own, so that no page runs beside frameworks that it does not show. (5 is: nothing to run.)
define run_snippets
@for pages in "not (tensorflow or flax)" "tensorflow and not flax" "flax and not tensorflow" "tensorflow and flax"; do \
  DEVICE=$(DEVICE) $(WORKERS) -m "$$pages" $(SNIPPETS_IN) || [ $$? -eq 5 ] || exit 1; \
done
@mkdir -p $(STAMPS) && touch $(STAMPS)/snippets
endef

# Runs those alone whose text, package, data, versions or device changed since they ran.
define run_notebooks
DEVICE=$(DEVICE) $(BIN)/python -m notebooks.execute --jobs $(JOBS)
@mkdir -p $(STAMPS) && touch $(STAMPS)/notebooks
endef

$(STAMPS)/lint: $(VENV)/.stamp $(PACKAGE) $(TESTS) $(NOTEBOOKS) conf.py
	$(run_lint)
	@mkdir -p $(@D) && touch $@

$(STAMPS)/snippets: $(VENV)/.stamp $(PACKAGE) $(PAGES) $(RUNNER)
	$(run_snippets)

$(STAMPS)/notebooks: $(VENV)/.stamp $(PACKAGE) $(NOTEBOOKS)
	$(run_notebooks)

# Sphinx repeats no warning of a page that it does not read again: after a failure it must read all of them.
$(STAMPS)/html: $(STAMPS)/snippets $(STAMPS)/notebooks $(call find_files,examples) conf.py
	$(BIN)/python -m sphinx -b html -n -W --keep-going -q -d $(BUILD)/doctrees . $(BUILD)/html \
	  || { rm -rf $(BUILD)/doctrees; exit 1; }
	@touch $@

$(STAMPS)/test: $(STAMPS)/lint $(STAMPS)/html $(TESTS) $(PROJECT)
	$(WORKERS) -m "not slow and not network" tests
	@touch $@
