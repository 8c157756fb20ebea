# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# The one front of a checkout. Every target brings what it needs, so each runs alone on a fresh clone.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
ANACONDA ?= sandbox
CLOUD ?= gcp
export PYTHON
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Named, as Ansible passes over an ansible.cfg in a folder that anybody may write to.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

ifeq ($(filter $(ANACONDA),sandbox upstream),)
$(error ANACONDA=$(ANACONDA) is unknown: `sandbox` (a test-sized installer, the default) or `upstream` (the vendor's own))
endif
ifeq ($(filter $(CLOUD),gcp aws),)
$(error CLOUD=$(CLOUD) is unknown: `gcp` (Google Cloud, the default) or `aws`)
endif
# What sets the demo of a cloud up, and what it leaves in the SSH configuration.
demo_play := ansible-playbook -i inventories/sandbox$(if $(filter aws,$(CLOUD)),-aws) playbooks/$(CLOUD).yml
anaconda_vars := $(if $(filter upstream,$(ANACONDA)),-e @sandbox/anaconda-upstream.yml)

# The stamp's name is a checksum of the locks: another lock, another stamp, a new virtual environment.
ready := .venv/.installed-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' -)

# Tests have a sandbox of their own, so that they never meddle with a demo that is up.
e2e molecule test: export SANDBOX_NAME := mlops-sandbox-test
e2e molecule test: export SANDBOX_HOME := .sandbox-test
e2e molecule test: export SANDBOX_PORT := 8491
e2e molecule test: export SANDBOX_SUBNET := 198.19.0.0/16

# Runs when a gate that uses the test sandbox ends, however it ends.
take_down = [[ -n "$${KEEP:-}" ]] || python -m sandbox down

mirror_address = python -c 'import os, sandbox.config as c; print(c.Config.from_environment(os.environ).mirror_address)'

# A progress line; a comma in its text would end the argument.
step = @printf '\n==> %s\n' "$(1)"

##@ Try it

.PHONY: demo
demo: engine ## Set up a workstation on a sandboxed Google Cloud (CLOUD=aws: on a sandboxed AWS; ANACONDA=upstream: with the vendor's Anaconda)
	$(call step,Sandbox: the clouds' APIs and the mirror and the machines' image (minutes the first time))
	python -m sandbox up
	$(call step,$(demo_play) $(anaconda_vars))
	$(demo_play) $(anaconda_vars)
	@python -m tools.standins $(CLOUD) $(ANACONDA)

.PHONY: demo-down
demo-down: venv ## Remove every trace of the demos but the virtual environment and installed system packages
	$(call step,Removing the demo: machines and sandbox and built images and the container engine if the sandbox started it)
	for name in mlops-zoom mlops-zoom-aws; do \
	    ansible localhost -i /dev/null -m mlops.workstation.ssh_host -a "aliases=$$name block=sandbox-$$name state=absent"; \
	done
	python -m sandbox down --all
	python -m sandbox engine --stop
	@printf '%s\n' 'The demo is gone. What stays: .venv (make clean removes it) and the system packages that were installed for it.'

##@ The pieces of the demo

.PHONY: venv
venv: $(ready) ## Make .venv with the pinned packages

$(ready):
	@bash tools/setup.sh $@

.PHONY: engine
engine: venv ## Make sure that a container engine answers (installs and starts one if need be: as root)
	$(call step,Container engine)
	python -m sandbox engine

.PHONY: sandbox
sandbox: engine ## Bring the sandbox up and leave it running
	$(call step,Sandbox)
	python -m sandbox up

##@ Check it

.PHONY: test
test: venv ## Run every check below in this order and stop at the first failure (KEEP=1: leave the test sandbox up)
	@python -m tools.gates

.PHONY: lint
lint: venv ## ruff, shellcheck, yamllint, ansible-lint (production profile)
	ruff check .
	ruff format --check .
	shellcheck .ci/run $$(git ls-files --cached --others --exclude-standard '*.sh')
	yamllint --strict .
	ANSIBLE_INVENTORY=/dev/null ansible-lint --offline

.PHONY: types
types: venv ## mypy --strict
	mypy

.PHONY: sanity
sanity: venv ## ansible-test sanity over the files that ship, with no ignore file
	bash tools/sanity.sh

.PHONY: units
units: venv ## Unit tests: no network, no container
	pytest tests/unit -n 2 --junit-xml=.cache/reports/units.xml

.PHONY: faults
faults: venv ## Every changing request of the modules fails, is lost, throttled or cut short: a second run mends it
	pytest tests/faults -n 2 --junit-xml=.cache/reports/faults.xml

.PHONY: readers
readers: venv ## The clouds' own clients and collections see what our modules say; no secret is found outside its file
	pytest tests/readers -n 2 --dist loadfile --junit-xml=.cache/reports/readers.xml

.PHONY: plays
plays: venv ## The playbooks up to the machine, cut short again and again, end as if they had not been
	pytest tests/plays -n 2 --junit-xml=.cache/reports/plays.xml

.PHONY: build
build: venv ## Build the collection into dist/ and check what is in it
	bash tools/build.sh

.PHONY: e2e
e2e: engine ## The playbooks against a sandbox of their own: check, run, run again
	@trap '$(take_down)' EXIT; pytest tests/e2e --junit-xml=.cache/reports/e2e.xml

.PHONY: molecule
molecule: engine ## The roles on a Debian 12 host, with Testinfra
	$(call step,The test sandbox: its mirror serves what the roles download)
	@trap '$(take_down)' EXIT; python -m sandbox up; export SANDBOX_MIRROR_ADDRESS=$$($(mirror_address)); \
	export SANDBOX_FAMILY=$$(python -c 'from tools.standins import read_offer; print(read_offer()["gcp"]["image_family"])'); \
	for scenario in molecule/*/molecule.yml; do \
	    name=$$(basename "$$(dirname "$$scenario")"); \
	    report=$(CURDIR)/.cache/reports/molecule-$$name.xml; \
	    PYTEST_ADDOPTS="--junit-xml=$$report" molecule test --scenario-name "$$name"; \
	done

##@ Housekeeping

.PHONY: lock
lock: venv ## Compile requirements*.in into the pinned requirements*.txt
	@for name in requirements requirements-dev; do \
	    { echo "# Compiled from $$name.in by \`make lock\`; edit that file, not this one."; \
	      uv pip compile --quiet --upgrade --python-version 3.11 --no-header --no-annotate --no-emit-index-url $$name.in; \
	    } >$$name.new && mv $$name.new $$name.txt; \
	done

.PHONY: clean
clean: ## Remove everything that make made here, a running demo included
	@if [[ -x .venv/bin/python && -d .cache/sandbox ]]; then $(MAKE) demo-down; fi
	rm -rf .venv .cache .ansible .sandbox .sandbox-test .hypothesis dist

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
