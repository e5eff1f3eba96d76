# One vocabulary for people and CI. INSTANCE names a platform of this machine; MLOPS_CACHE is the one folder it writes to.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
INSTANCE ?= local
STACK ?= local
export PYTHONPATH := $(CURDIR)
PYTHON = $$(local/venv.sh)/bin/python
# Needs no environment of ours, so that a machine that cannot run the platform is told before anything is installed.
CHECK = python3 -m local.platform.machine

.PHONY: help up cluster status env down destroy preview test lint unit serving-cases bench-serving chaos alerts drill golden lock

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

up:  ## bring the whole platform up on this machine and push a real model through it; BARE=1 without, to be restored into
	@$(CHECK)
	@$(PYTHON) -m local.platform up --instance $(INSTANCE) $(if $(BARE),--bare)

cluster:  ## bring up only the one-node cluster, with every image in it
	@$(CHECK)
	@$(PYTHON) -m local.platform cluster --instance $(INSTANCE)

status:  ## each part, its address and its health
	@$(PYTHON) -m local.platform status --instance $(INSTANCE)

env:  ## print exports for kubectl, pulumi and mlops, to be evaluated by a shell
	@$(PYTHON) -m local.platform env --instance $(INSTANCE)

down:  ## stop it; FORGET=1 removes the instance's data, PURGE=1 the whole cache
	@$(PYTHON) -m local.platform down --instance $(INSTANCE) $(if $(FORGET),--forget) $(if $(PURGE),--purge)

destroy:  ## remove what the stack made in its cluster; the instance and its secrets stay
	@$(PYTHON) -m local.platform destroy --instance $(INSTANCE)

preview:  ## what `pulumi up` of STACK (dev, prod or local) would do, as a reviewer reads it; OUTPUT=file for a comment
	@$(PYTHON) -m local.aws preview --stack $(STACK) --instance $(INSTANCE) $(if $(OUTPUT),--output $(OUTPUT))

test: lint  ## everything that proves it, unit to end-to-end
	@$(PYTHON) -m tests.parts

lint:  ## style and types
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy .

unit:  ## tests that need neither cluster nor engine
	@$(PYTHON) -m pytest -m "not (cluster or engine or e2e)"

bench-serving:  ## our model server beside mlflow, MLServer, BentoML and LitServe, into docs/serving-benchmark.md
	@$(PYTHON) -m benchmarks.serving $(if $(QUICK),--quick,--write)

chaos:  ## kill database, store, MLflow and a training pod of INSTANCE under 1,000 writers: nothing may be lost
	@$(PYTHON) -m benchmarks.chaos --instance $(INSTANCE) $(if $(WRITE),--write)

alerts:  ## break each part of INSTANCE: exactly the right alert is told to a webhook, and told over; then as it was
	@$(PYTHON) -m benchmarks.alerts --instance $(INSTANCE) $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write)

serving-cases:  ## send 10,000 generated requests to a model server: none may end in 5xx
	@$(PYTHON) -m benchmarks.serving_cases

drill:  ## lose an instance of its own with all its data and bring it back; figures into docs/recovery.md
	@$(CHECK)
	@$(PYTHON) -m benchmarks.drill

golden:  ## rewrite the golden graphs and policies of dev and prod; their diff is the review
	@$(PYTHON) -m tests.golden.graph

lock:  ## resolve all dependencies anew; UPGRADE=1 takes newer versions
	@UV_CACHE_DIR="$${MLOPS_CACHE:-$$HOME/.cache/mlops}/uv" PATH="$$(local/venv.sh)/bin:$$PATH" local/lock.sh
