# The one-word commands of the project; `make` alone lists them.
#
# Every target does its own set-up: on a fresh machine `make evolve` alone and `make test` alone are enough.
# What a target needs is made once: a stamp in .venv says that pyproject.toml has been installed as it stands.

PYTHON  ?=
TASK    ?= bin_packing_or
MINUTES ?= 5
SEED    ?= 0
SANDBOX ?= auto
ARGS    ?=
NAME    ?=
DESCRIPTION ?=
PROBLEMS ?=
BANKS   ?=
TORCH   ?= 2.13.0

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup evolve create test test-all lint bench bench-sandbox bench-search bench-tests bench-create bench-bank bench-models bench-agent bench-page bench-serve bench-peers experiments local browser docs docker engine image model clean

help: ## List the targets
	@printf 'Usage: make TARGET [NAME=value ...]\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nFor evolve: TASK=%s MINUTES=%s SEED=%s SANDBOX=%s ARGS="more options of funsearch evolve"\n' \
		'$(TASK)' '$(MINUTES)' '$(SEED)' '$(SANDBOX)'
	@printf 'For the set-up: PYTHON=path of a Python 3.11 or newer (found by itself when left out)\n'

setup: .venv/.installed model engine ## Prepare all that a run needs: libraries, models, sandbox

evolve: setup ## Evolve a task: make evolve TASK=bin_packing_or MINUTES=5 SEED=0
	$(BIN)/funsearch evolve $(TASK) --minutes $(MINUTES) --seed $(SEED) --sandbox $(SANDBOX) $(ARGS)

create: setup ## Create a tool: make create NAME=count_vowels DESCRIPTION="Counts ..." ARGS="--example \"f('a') == 1\""
	$(BIN)/funsearch create "$(NAME)" "$(DESCRIPTION)" --sandbox $(SANDBOX) $(ARGS)

test: setup .venv/.installed-dev ## Run the fast tests (those with Docker too, where an engine runs)
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: setup local .venv/.installed-dev ## Run every test, the slow ones and those of Hugging Face models included
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/.installed-dev ## Check style (ruff), format (ruff) and types (mypy --strict)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: bench-sandbox bench-search ## Run every benchmark

bench-sandbox: setup ## Measure the sandbox: candidates a second, latency, processor time
	$(BIN)/python -m experiments.benchmark_sandbox

bench-search: setup .venv-peer/.installed ## Measure the engine: cost per candidate, a million programs, OpenEvolve beside it
	$(BIN)/python -m experiments.benchmark_engine
	$(BIN)/python -m experiments.benchmark_throughput --peer .venv-peer/bin/python $(ARGS)
	$(BIN)/python -m experiments.kill_and_resume

bench-peers: setup .venv-peer/.installed .venv-shinka/.installed ## Measure the engine beside OpenEvolve and ShinkaEvolve: speed, memory, scores, kills, endless loops
	$(BIN)/python -m experiments.bench_peers --openevolve .venv-peer/bin/python --shinka .venv-shinka/bin/python \
		--into experiments/results/peers $(ARGS)

bench-tests: setup ## Measure generated tests on a file of problems: make bench-tests PROBLEMS=FILE.jsonl
	@test -n "$(PROBLEMS)" || { echo 'bench-tests: name the problems, as in make bench-tests PROBLEMS=FILE.jsonl'; exit 1; }
	@mkdir -p runs
	$(BIN)/python -m experiments.bench_tests $(PROBLEMS) --mode oracle --suites runs/suites-oracle.jsonl $(ARGS)
	$(BIN)/python -m experiments.bench_tests $(PROBLEMS) --mode consensus --suites runs/suites-consensus.jsonl $(ARGS)

bench-bank: setup ## Measure the tool bank: retrieval of BANKS="FILE.jsonl ...", cost at scale, kills, schemas
	@mkdir -p runs
	@for file in $(BANKS); do \
		$(BIN)/python -m experiments.bench_bank $$file --run runs/ranked-$$(basename $$file) && \
		$(BIN)/python -m experiments.bench_bank $$file --examples 5 || exit 1; done
	$(BIN)/python -m experiments.bench_bank --scale 1000 10000 100000
	$(BIN)/python -m experiments.schema_table
	$(BIN)/python -m experiments.kill_the_bank

bench-create: setup ## Measure how many everyday tools a model makes (needs a code model, see README)
	$(BIN)/python -m experiments.bench_create $(ARGS)

bench-agent: setup ## Measure the agent on 20 everyday requests, with the tool bank and without (needs a code model)
	$(BIN)/python -m experiments.bench_agent $(ARGS)

bench-serve: setup ## Measure the request socket: 200 clients, then again with the server killed twice
	$(BIN)/python -m experiments.bench_socket $(ARGS)
	$(BIN)/python -m experiments.bench_socket --kill 2 $(ARGS)

experiments: setup ## Study every task by every strategy and sampler (a day; 40 minutes with ARGS="--samplers mutation --in-process")
	$(BIN)/python -m experiments.study $(ARGS)

bench-models: setup ## Measure the embedded model: JSON by grammar, shared prefixes, samples side by side
	$(BIN)/python -m experiments.bench_models $(ARGS)

bench-page: setup .venv/.installed-dev ## Measure the page of a run of 50,000 programs: first view, live news, memory (needs Chromium)
	$(BIN)/python -m experiments.bench_page $(ARGS)

browser: ## Install Chromium from Debian, as root, for the tests of the web page (nothing to do where there is one)
	@sh scripts/install_chromium.sh

local: .venv/.installed-local ## Install torch and transformers, for models of Hugging Face

docs: .venv/.installed-docs ## Build the manual into build/docs (HTML; nothing is fetched, a warning is an error)
	$(BIN)/python -m sphinx -W --keep-going -q -E -b html docs build/docs
	@echo 'The manual is build/docs/index.html'

docker: ## Install Docker from Debian and start an engine, as root (nothing to do when one answers)
	@sh scripts/start_docker.sh

image: .venv/.installed ## Build the image of the sandbox, from the Python that runs here
	@sh scripts/build_image.sh $(BIN)/python

model: .venv/.installed ## Fetch the embedded language model and the encoder of the tool bank
	@$(BIN)/python -m language_models.model_manager

clean: ## Remove what was installed or cached in this folder (runs/ and fetched models stay)
	rm -rf .venv .venv-peer .venv-shinka build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -not -path './runs/*' -prune -exec rm -rf {} +

# Not listed: readies the sandbox asked for; with "auto", Docker where it answers or may be installed, else bubblewrap.
# After the libraries, so that two calls of apt-get never meet.
engine: .venv/.installed
ifneq ($(SANDBOX),bubblewrap)
	@sh scripts/start_docker.sh $(if $(filter auto,$(SANDBOX)),--or-bubblewrap)
endif

.venv/.installed: pyproject.toml scripts/make_venv.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh
	@echo 'Installing the libraries (about 220 MB to download, 900 MB on disk; a minute or more) ...'
	@$(PIP) --editable .
	@sh scripts/install_libgomp.sh $(BIN)/python
	@touch $@

# The engines that ours is measured beside, each in an environment of its own.
.venv-peer/.installed: .venv/.installed
	@echo 'Installing openevolve, to measure beside it (about 150 MB on disk) ...'
	@$(BIN)/python -m venv .venv-peer
	@.venv-peer/bin/python -m pip --disable-pip-version-check --no-input install --quiet openevolve==0.4.0
	@touch $@

.venv-shinka/.installed: .venv/.installed
	@echo 'Installing shinka-evolve, to measure beside it (about 900 MB on disk) ...'
	@$(BIN)/python -m venv .venv-shinka
	@.venv-shinka/bin/python -m pip --disable-pip-version-check --no-input install --quiet shinka-evolve==0.0.7
	@touch $@

# A version of torch by name, so that one built for processors alone can lie ready for it.
.venv/.installed-local: .venv/.installed
	@echo 'Installing torch and transformers (200 MB without CUDA, gigabytes with) ...'
	@$(PIP) torch==$(TORCH) --editable '.[local]'
	@touch $@

.venv/.installed-docs: .venv/.installed
	@echo 'Installing Sphinx ...'
	@$(PIP) --editable '.[docs]'
	@touch $@

.venv/.installed-dev: .venv/.installed
	@echo 'Installing the tools for tests and lint (about 30 MB) ...'
	@$(PIP) --editable '.[dev]'
	@touch $@
