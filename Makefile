# `make demo` shows the main job; `make test` runs every test, those of Swift where there is a toolchain. Both set up what
# they need in `.venv` and `target`.

VENV := .venv
PY := $(VENV)/bin/python
# What the packages are built from.
SOURCES := $(shell find core/src core/packs core/chrono-tz store-sqlite/src -type f) Cargo.toml Cargo.lock
PYTHON_SOURCES := bindings-python/python bindings-python/bench.py tests/bench tests/python tests/parity examples/python fuzz/seeds.py
# One Cargo target directory for everything, and the Python extension's beside it (they build with other settings).
export CARGO_TARGET_DIR := $(CURDIR)/target
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Tests of properties take the same cases in every run, so that a failure is one of the change; give another number, or
# `make test PROPTEST_RNG_SEED=` for new ones each time.
export PROPTEST_RNG_SEED ?= 1

# Seconds for each fuzz target; there are nine, so that ten minutes in all are `make fuzz FUZZ_SECONDS=67`.
FUZZ_SECONDS ?= 60

.PHONY: demo test fuzz bench score lint parity schema python sdist node clean

demo: python node
	$(PY) examples/python/demo.py
	node examples/node/demo.mjs

test: lint python node
	$(PY) -m ruff check $(PYTHON_SOURCES)
	$(PY) -m ruff format --check $(PYTHON_SOURCES)
	cargo test --locked --workspace
	$(PY) -m pytest tests/python
	node --test tests/node/*.test.mjs
	$(MAKE) parity
	if bindings-swift/scripts/swift --found; then bindings-swift/scripts/test; fi
	$(if $(TOOLGATE_CORPORA),$(MAKE) score)

# The Python package, built from the core and installed into `.venv`.
python: $(VENV)/.ready

$(VENV)/.ready: $(SOURCES) $(shell find bindings-python -type f -not -name '*.so' -not -path '*/__pycache__/*') pyproject.toml tests/python/requirements.txt
	test -x $(PY) || python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --requirement tests/python/requirements.txt
	rm -rf target/wheels
	$(PY) -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir target/wheels .
	$(PY) -m pip install --quiet --force-reinstall --no-deps target/wheels/*.whl
	touch $@

# Builds the package from its source distribution, elsewhere and from scratch, and runs the tests of the wheel on it. It
# takes some minutes, so `make test` leaves it out.
sdist: python
	rm -rf target/sdist
	$(PY) -m maturin sdist --out target/sdist
	TOOLGATE_SDIST=target/sdist $(PY) -m pytest tests/python/test_package.py

# The Node package: what its tests need, and its native half.
node: node_modules/.package-lock.json bindings-node/toolgate.node

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts
	touch $@

bindings-node/toolgate.node: $(SOURCES) $(shell find bindings-node/src -type f) bindings-node/Cargo.toml bindings-node/build.mjs
	npm run build

lint:
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

# Each language's own table, then other engines on the same ten calls, which tests/bench installs for itself.
bench: python node
	cargo bench --locked --package toolgate
	cargo bench --locked --package toolgate-store-sqlite
	cargo bench --locked --package toolgate-store-postgres
	cargo run --quiet --locked --release --manifest-path tests/bench/rust/Cargo.toml
	$(PY) bindings-python/bench.py
	$(PY) -m pip install --quiet --requirement tests/bench/requirements.txt
	$(PY) tests/bench/others.py
	node bindings-node/bench.mjs
	npm ci --prefix tests/bench --ignore-scripts --silent
	node tests/bench/others.mjs
	if bindings-swift/scripts/swift --found; then bindings-swift/scripts/bench; fi

# Decisions are the same bytes in every language.
parity: python node
	node --test tests/parity/parity.test.mjs

# Feeds the readers with whatever a fuzzer comes up with, starting from the test vectors.
fuzz:
	fuzz/run $(FUZZ_SECONDS)

# Scores the starter policies over labelled real calls: JSON lines in the directory TOOLGATE_CORPORA. The numbers are
# bounds that must hold: wrong allows, % of dangers named, % of plain commands allowed.
score:
	cargo build --locked --package toolgate --example score
	$(CARGO_TARGET_DIR)/debug/examples/score policies/coding-agent.yaml "$(TOOLGATE_CORPORA)" 4 97 97 91
	$(CARGO_TARGET_DIR)/debug/examples/score policies/research-readonly.yaml "$(TOOLGATE_CORPORA)" 3 97 96 90

schema:
	TOOLGATE_WRITE_SCHEMA=1 cargo test --locked --package toolgate --test schema

clean:
	rm -rf $(VENV) target node_modules bindings-node/toolgate.node
