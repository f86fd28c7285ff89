# Everything a person or CI runs, by name. A fresh machine needs Python 3.11 or newer, make and git:
# the first target that wants the environment builds it from the lock.

PYTHON ?= python3
# How many tests run at once.
JOBS ?= 2
# Words for the command behind a target: make demo ARGS="--townships 3 --villages 12 --seed 7"
ARGS ?=
# How long a storm lasts, and what decides it; without a seed one is drawn and printed.
REAL_MINUTES ?= 3
REAL_SEED ?=
# How long seeds of 13 nodes are begun beside the one of 459.
SIM_MINUTES ?= 7
# An image to build on, instead of Debian by debootstrap: make image BASE=debian-with-python
BASE ?=
# make lock UPGRADE=--upgrade moves every pin to the newest version that fits.
UPGRADE ?=

SMALL := --townships 3 --villages 9
WHOLE := --townships 18 --villages 440 --seed 3
SOAK := tests/simulation/soak.txt
LONG := tests/simulation/long.txt

VENV := .venv
BIN := $(VENV)/bin
ROOMS := $(wildcard node hub cli bench tests)
PROTOS := $(wildcard proto/linli/v1/*.proto)
IMAGE := proto/released.binpb
GENERATE = $(CURDIR)/$(BIN)/python -m grpc_tools.protoc -I $(CURDIR)/proto $(PROTOS:proto/%=%)
# What stands in proto/linli and is written by hand.
BY_HAND := -x '*.proto' -x __init__.py -x py.typed -x __pycache__
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml \
	--quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help demo test sim sim-long soak real real-long planted proof requirements fuzz image compose-test check bench faults-long
.PHONY: proto released catalogue lock clean screenshots

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/ready ## three tiers as real processes: cut apart, written to, healed, compared
	@$(BIN)/linli demo $(ARGS)

test: $(VENV)/ready ## run the tests (ARGS= goes to pytest)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "not compose and not real" $(ARGS)

sim: $(VENV)/ready ## counties with every fault for some minutes, one of them whole (ARGS= asks for others)
ifeq ($(ARGS),)
	@told=$$(mktemp); $(BIN)/linli sim $(WHOLE) --days 1 --jobs 1 >$$told & whole=$$!; \
	$(BIN)/linli sim $(SMALL) --days 5 --minutes $(SIM_MINUTES) --jobs 1 --markers; small=$$?; \
	wait $$whole; whole=$$?; echo; echo "459 节点 nodes:"; cat $$told; rm $$told; \
	exit $$((small | whole))
else
	$(BIN)/linli sim $(ARGS)
endif

sim-long: $(VENV)/ready ## a hundred seeds of six days each beside three of the whole county for a day
	@told=$$(mktemp); $(BIN)/linli sim $(WHOLE) --days 1 --seeds 3 --jobs 1 >$$told & whole=$$!; \
	$(BIN)/linli sim $(SMALL) --days 6 --seeds 100 --jobs 1 --markers >$(LONG); small=$$?; \
	wait $$whole; whole=$$?; printf '\n459 节点 nodes:\n' >>$(LONG); cat $$told >>$(LONG); rm $$told; \
	cat $(LONG); exit $$((small | whole))

soak: $(VENV)/ready ## an hour of seeds of a month each; keeps the figures for docs/proof.md
	$(BIN)/linli sim $(SMALL) --days 30 --minutes 60 --markers >$(SOAK); code=$$?; \
	cat $(SOAK); exit $$code

planted: $(VENV)/ready ## plant each bug of tests/planted and see its test fail (ARGS= names some)
	$(BIN)/python -m tests.planting --jobs $(JOBS) $(ARGS)

proof: $(VENV)/ready ## write docs/proof.md: what shows each fault, invariant and guard
	$(BIN)/python -m tests.proof

requirements: $(VENV)/ready ## run the tests of every requirement that works and write docs/requirements.md
	$(BIN)/python -m tests.requirements --run

fuzz: $(VENV)/ready ## fuzz the parsers for ten minutes each, by hand (ARGS="frame --seconds 60")
	$(BIN)/python -m pip install --quiet --require-hashes -r tests/fuzz/requirements.lock
	PYTHONPATH=.:proto $(BIN)/python -m tests.fuzz $(ARGS)

real: $(VENV)/ready ## thirteen processes in a storm of three minutes (REAL_MINUTES=, REAL_SEED=)
	REAL_MINUTES=$(REAL_MINUTES) REAL_SEED=$(REAL_SEED) \
	$(BIN)/python -m pytest -q -s -m real tests/real $(ARGS)

real-long: $(VENV)/ready ## the same for half an hour
	@$(MAKE) --no-print-directory real REAL_MINUTES=30

faults-long: $(VENV)/ready ## every image of a power cut, an error at every write, long stalls, memory: an hour
	FAULTS_LONG=1 $(BIN)/python -m pytest -q -s -n $(JOBS) tests/kill tests/exchange/test_disk.py \
		tests/exchange/test_memory.py $(ARGS)

image: $(VENV)/ready ## build the image of a node, without an image registry (BASE= names another base)
	@BASE="$(BASE)" .ci/image

compose-test: $(VENV)/ready ## a county in containers: admitted, cut apart, healed, compared
	$(BIN)/python -m pytest -m compose tests/compose $(ARGS)

check: $(VENV)/ready ## style, types, import order, the wire, and drift of generated code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(ROOMS)
	$(BIN)/lint-imports --no-cache
	$(BIN)/buf lint proto
	$(BIN)/buf breaking proto --against $(IMAGE)
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	cd "$$fresh" && $(GENERATE) --python_out=. --pyi_out=. --grpc_python_out=. && \
	{ diff -r $(BY_HAND) linli "$(CURDIR)/proto/linli" || \
	{ echo "The code in proto/linli differs from what its .proto files give. Next: make proto"; \
	exit 1; }; }

bench: $(VENV)/ready ## print the table of ratios and write bench/results.json
	$(BIN)/python -m bench $(ARGS)

proto: $(VENV)/ready ## generate the code of proto/linli/v1 again, in place
	cd proto && $(GENERATE) --python_out=. --pyi_out=. --grpc_python_out=.

released: $(VENV)/ready ## renew proto/released.binpb; the line it prints belongs in CHANGELOG.md
	$(BIN)/buf build proto --exclude-source-info -o $(IMAGE)
	@$(BIN)/python -c "import hashlib, pathlib; \
	print('Wire image', hashlib.sha256(pathlib.Path('$(IMAGE)').read_bytes()).hexdigest()[:16])"

catalogue: $(VENV)/ready ## gather every message and compile the Chinese catalogue
	$(BIN)/python -m cli.catalogue $(ARGS)

lock: $(VENV)/ready ## resolve the dependencies into the lock files, with hashes
	$(COMPILE) --group dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile tests/fuzz/requirements.in --quiet \
		--universal --python-version 3.11 --generate-hashes $(UPGRADE) -o tests/fuzz/requirements.lock

screenshots: $(VENV)/ready ## take pictures of every page into docs/pages
	LINLI_SCREENSHOTS=docs/pages $(BIN)/python -m pytest -q tests/browser/test_screenshots.py

clean: ## remove the environment and every cache
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(ROOMS) proto -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment, in two steps so that a new room does not install everything again.
$(VENV)/locked: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Linli needs Python 3.11 or newer and $(PYTHON) is older. Next: make PYTHON=python3.11"; \
	exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml $(wildcard */__init__.py)
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
		--editable .
	@touch $@

.PHONY: .venv
.venv: $(VENV)/ready
