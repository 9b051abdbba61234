# Two commands do everything: `make run` serves, `make test` checks. Both set the machine up first.

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench torture

# A toolchain made by rustup is often not on the PATH of a fresh shell.
export PATH := $(PATH):$(HOME)/.cargo/bin

STEP := scripts/step.sh

help:
	@echo 'make run     set up, build and serve; ARGS="--listen 127.0.0.1:4100" adds flags of motorpool serve'
	@echo 'make test    set up, then formatting, lints, documentation and every test'
	@echo 'make lint    formatting, lints and documentation only'
	@echo 'make bench   set up, then every bench'
	@echo 'make torture set up, then the long runs of faults; PROMISES_SEED=.. again, TORTURE_PEOPLE=.. and the like fewer or more'
	@echo 'make setup   set up for all of these, and nothing else'

setup:
	@scripts/setup.sh

run:
	@scripts/setup.sh run
	@test -x target/release/motorpool || echo 'The first build takes some minutes; later ones take seconds.'
	cargo run --release --locked -- serve $(ARGS)

test:
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory lint
	@$(STEP) build cargo test --locked --no-run
	cargo test --locked

lint:
	@$(STEP) format cargo fmt --check
	@$(STEP) clippy cargo clippy --locked --all-targets -- -D warnings
	@$(STEP) no-faces cargo clippy --locked --no-default-features -- -D warnings
	@RUSTDOCFLAGS='-D warnings' $(STEP) docs cargo doc --locked --no-deps

bench:
	@scripts/setup.sh bench
	cargo bench --locked

# One line for each promise: tried, failed, bound. The counts and their variables are in tests/promises/torture.
torture:
	@scripts/setup.sh test
	TORTURE=1 cargo test --locked --test promises torture:: -- --nocapture --test-threads 1
