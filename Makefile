# Two commands do all set-up on a bare machine with Python >= 3.10:
#   make caption   install the core into .venv and caption the sounds in examples/
#   make test      install what the tests need and run them all
# Besides: make docs (the book, into site/), make package (the wheel, checked), make test-lowest PYTHON=python3.10

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: caption test lint benchmark assets package docs pictures test-lowest clean

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

# Build the wheel and the sdist into dist/, check them, and type the README's first block in an empty environment.
package: $(VENV)/test
	$(BIN)/python tools/check_package.py dist

# The book, into site/: strict, and nothing is fetched.
docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# The book's pictures of pages, from the real pages in headless Chromium.
pictures: $(VENV)/test
	$(BIN)/python tools/book/pictures.py

# The core and what needs no torch, on the lowest versions that pyproject.toml admits; with Python 3.10 to 3.12.
# constraints-lowest.txt is resolved by: printf '%s\n' $(TOOLS) | uv pip compile pyproject.toml - --extra av \
#   --extra serve --extra live --extra archive --resolution lowest-direct --python-version 3.10 --no-header --no-annotate --upgrade
TOOLS := pytest'>=8' pytest-xdist'>=3.6' hypothesis'>=6.100' httpx'>=0.27' sybil'>=9'
test-lowest: $(LOWEST)/core
	HF_HUB_OFFLINE=1 $(LOWEST)/bin/python -m pytest -n 2 --dist loadfile tests src --ignore tests/package --ignore tests/pages

# Rebuild the embedded model from its sources (tools/sources.py); an hour, most of it training.
assets: $(VENV)/test
	$(BIN)/python tools/build_models.py $(CAPTIONS)
	$(BIN)/python tools/build_sounds.py
	$(BIN)/python tools/build_effects.py
	$(BIN)/python tools/build_background.py $(CAPTIONS)
	$(BIN)/python tools/build_words.py $(CAPTIONS)
	$(BIN)/python tools/build_examples.py
	$(BIN)/python tools/build_queries.py $(CAPTIONS)
	$(BIN)/python tools/build_decoder.py $(CAPTIONS) $(HELD_OUT)
	$(BIN)/python tools/build_audible.py
	$(BIN)/python tools/describe_assets.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core: $(VENV)/bin/python pyproject.toml
	$(PIP) -e .
	@touch $@

$(VENV)/docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -c constraints.txt -e '.[serve,docs]'
	@touch $@ $(VENV)/core

$(LOWEST)/core: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install --quiet -c constraints-lowest.txt \
	  -e '.[av,serve,live,archive]' $(TOOLS)
	@touch $@

$(VENV)/test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -c constraints.txt -e '.[torch,av,serve,live,archive,batch,docs,dev]'
	@# what drives the page's tests in a browser; they are skipped where there is no node
	if command -v npm >/dev/null; then npm install --prefix tests/server/browser --no-package-lock --no-audit --no-fund \
	  --ignore-scripts --silent || true; fi
	@touch $@ $(VENV)/core $(VENV)/docs

clean:
	rm -rf $(VENV) $(LOWEST) site build dist .mypy_cache .ruff_cache
