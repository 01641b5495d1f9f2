# Everything that a person types in this house. Needs Python 3.11 or newer, Node.js 20 or newer, and make.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Without bytecode each process would compile all anew: a start of the demo takes 14 s instead of 10.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE
export PYTHONUTF8 := 1

BIN := .venv/bin
PYTHON := $(BIN)/python
SETUP = python=$$(sh scripts/find-python) && "$$python" scripts/setup.py

.PHONY: help
help: ## Show what there is to type
	@echo "Feldsher: a patient books a real slot, and nobody is ever booked twice."
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo
	@echo "The demo and its tests read FELDSHER_HOME (the data folder; unset: .feldsher), FELDSHER_PORT (8000)"
	@echo "and FELDSHER_HOST (127.0.0.1). README.md tells the rest."

.PHONY: demo
demo: ## Start the site, a simulated MIS and all between; SIZE=large for 500 doctors, REPLIES=folder for recorded replies
	@$(SETUP) demo
	@exec $(PYTHON) -m feldsher.conf.cli demo $${REPLIES:+--replies "$$REPLIES"} $${SIZE:+--size "$$SIZE"}

.PHONY: test
test: lint ## Run every check and every test (chromium and spin are installed where they may be)
	@exec $(PYTHON) scripts/run_tests.py

.PHONY: check
check: lint ## Lint, types, contracts and the quick tests: before each commit
	$(PYTHON) -m pytest -q -n 2 --dist loadfile -m "not slow and not browser"

.PHONY: lint
lint: setup ## Lint, format, types and contracts alone
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	FELDSHER_NO_SECRET=1 $(PYTHON) -m mypy
	FELDSHER_NO_SECRET=1 MYPYPATH=src:tests $(PYTHON) -m mypy scripts
	$(BIN)/lint-imports
	npm run --silent check

.PHONY: format
format: setup ## Put the form of the Python code right
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

.PHONY: bench
bench: setup ## Measure the hot path; figures go to build/bench.json too
	$(PYTHON) bench/run.py

.PHONY: bench-exchange
bench-exchange: setup ## Measure a synchronisation with each MIS; figures go to build/exchange.json too
	$(PYTHON) bench/exchange.py

.PHONY: bench-both-ways
bench-both-ways: setup ## Measure how soon a confirm is in the MIS and a registrar's booking is here; ten minutes
	PYTHONPATH=src:tests $(PYTHON) bench/both_ways.py

.PHONY: bench-price-list
bench-price-list: setup ## Measure the import of a price list; figures go to build/price_list.json too
	$(PYTHON) bench/price_list.py

.PHONY: bench-reminders
bench-reminders: setup ## Measure 10,000 reminders due in one minute, and kill the worker fifty times; fifteen minutes
	$(PYTHON) bench/reminders.py

.PHONY: model
model: setup ## Walk through every state of the model of the booking protocol (needs spin and a compiler of C)
	PYTHONPATH=tests $(PYTHON) scripts/model.py

.PHONY: soak
soak: setup ## Play histories of bookings on every MIS; SEEDS=n, MIS=names, FROM=the first seed, LIST=1 prints them
	PYTHONPATH=src:tests $(PYTHON) -m soak.cli --seeds $${SEEDS:-200} --first $${FROM:-1} $${MIS:+--mis "$$MIS"} $${STORM:+--storm} $${LIST:+--list}

.PHONY: lighthouse
lighthouse: setup ## Look at ten pages with Lighthouse as on a phone; SIZE=large: of the large network, RUNS=1: once a page
	PYTHONPATH=src:tests $(PYTHON) scripts/lighthouse.py

.PHONY: conformance
conformance: setup ## Run the conformance kit over each simulator and write its table anew
	$(PYTHON) scripts/conformance_table.py

.PHONY: screenshots
screenshots: setup ## Take the pictures of docs/pictures anew
	PYTHONPATH=src:tests $(PYTHON) scripts/screenshots.py

.PHONY: lock
lock: setup ## Write the locks after a change of dependencies (remove requirements/*.txt first: newest versions)
	$(PYTHON) scripts/write_locks.py

.PHONY: setup
setup: ## Install what the tests need, and start nothing
	@$(SETUP) all
