# Two commands: `make demo` shows the product, `make test` runs all tests. Each sets up what it
# needs under this folder (.venv, node_modules, .cache) the first time. GNU make 3.81 or newer.

PYTHON ?= python3
TORCH_INDEX ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
JUPYTER_SW_MODEL_STORE ?= $(CURDIR)/.cache/models

SHELL := /bin/bash
export PYTHON TORCH_INDEX JUPYTER_SW_MODEL_STORE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The set-up leaves this file behind when everything is in place.
READY := .venv/ready
# And this one when the slow tests have what they need besides.
EVAL_READY := .venv/eval-ready

.DEFAULT_GOAL := help
.PHONY: help setup frontend browser demo lab test soak trace lint generate translations screenshots tour bench bench-gpu constraints clean

help: ## Show these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Set up .venv, node_modules and the front end

demo: $(READY) ## Run a real model from examples/quickstart.ipynb and print the conversation
	@python scripts/demo.py

lab: frontend ## Open the examples in JupyterLab
	@python scripts/lab.py

test: frontend browser ## Run the tests; some of them with PYTEST_ARGS="tests/devices -x"
	npm test --silent
	python -m pytest -m "not slow" $(PYTEST_ARGS)

soak: frontend browser $(EVAL_READY) ## Run the slow tests: crash points, random moves (SW_SOAK_SECONDS=300), languages, access
	python -m pytest -m slow $(PYTEST_ARGS)

trace: frontend browser ## Measure in Chromium what the front end costs, and print it with its bounds
	python -m pytest -qs tests/browser/test_performance.py $(PYTEST_ARGS)

lint: frontend ## Check style, types, layers and generated files
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-cache
	npm run --silent lint
	npm run --silent generate:check
	python -m jupyter_sw.server.openapi --check docs/openapi.json
	python scripts/catalogs.py check

generate: $(READY) ## Make the generated files anew: front-end types, OpenAPI document
	npm run --silent generate
	python -m jupyter_sw.server.openapi docs/openapi.json

translations: $(READY) ## Take new strings of the front end into the catalogs, and name what is not translated
	python scripts/catalogs.py update

screenshots: frontend browser ## Take the README's picture anew, by the browser test
	SW_SCREENSHOTS=docs python -m pytest tests/browser/test_quickstart.py -k run_all

tour: frontend browser ## Make the pictures and the recording of docs/tour anew (needs a Chinese font)
	python -m scripts.tour $(TOUR)

bench: $(READY) ## Measure speed side by side with its peers; writes benchmarks/RESULTS.md
	python -m benchmarks $(BENCH_ARGS)

bench-gpu: $(READY) ## The same on a CUDA device, with Llama 2 7B and vLLM; writes benchmarks/RESULTS-gpu.md
	python -m benchmarks.gpu $(BENCH_ARGS)

constraints: $(READY) ## Resolve constraints.txt anew (needs uv)
	bash scripts/constraints.sh

clean: ## Remove everything the commands made, the models in .cache too
	rm -rf .venv node_modules .cache build dist labextension/lib jupyter_sw/labextension jupyter_sw/_version.py
	rm -f jupyter_sw/locale/*/LC_MESSAGES/*.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

frontend: $(READY)
	@bash scripts/frontend.sh

$(READY): pyproject.toml constraints.txt package.json package-lock.json scripts/setup.sh scripts/build-tools.txt
	@bash scripts/setup.sh

$(EVAL_READY): $(READY) scripts/eval-tools.txt
	@echo '==> Installing lm-eval, some 600 MB'
	python -m pip install --quiet --constraint constraints.txt --requirement scripts/eval-tools.txt
	@touch $@

browser: $(READY)
	@bash scripts/chromium.sh
