# Two commands do all set-up on a bare machine with Python >= 3.10:
#   make caption   install the core into .venv and caption the sounds in examples/
#   make test      install what the tests need and run them all

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: caption test lint benchmark assets package clean

caption: $(VENV)/core
	$(BIN)/earwitness caption examples

test: $(VENV)/test lint
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/test
	$(BIN)/ruff check src tests tools benchmarks examples
	$(BIN)/mypy

benchmark: $(VENV)/test
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/bridges.py

# Build the wheel and the sdist, check them, and caption with the wheel outside of the checkout.
package: $(VENV)/test
	$(BIN)/python tools/check_package.py

# Rebuild the embedded model from its sources (tools/sources.py); an hour, most of it training.
assets: $(VENV)/test
	$(BIN)/python tools/build_models.py $(CAPTIONS)
	$(BIN)/python tools/build_sounds.py
	$(BIN)/python tools/build_effects.py
	$(BIN)/python tools/build_background.py $(CAPTIONS)
	$(BIN)/python tools/build_words.py $(CAPTIONS)
	$(BIN)/python tools/build_examples.py
	$(BIN)/python tools/build_decoder.py $(CAPTIONS) $(HELD_OUT)
	$(BIN)/python tools/build_audible.py
	$(BIN)/python tools/describe_assets.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core: $(VENV)/bin/python pyproject.toml
	$(PIP) -e .
	@touch $@

$(VENV)/test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -c constraints.txt -e '.[torch,av,serve,live,archive,dev]'
	@# what drives the page's tests in a browser; they are skipped where there is no node
	if command -v npm >/dev/null; then npm install --prefix tests/server/browser --no-package-lock --no-audit --no-fund \
	  --ignore-scripts --silent || true; fi
	@touch $@ $(VENV)/core

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache
