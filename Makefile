# Two commands do everything: `make run` serves, `make test` checks. Both set the machine up first.

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench torture planted pictures deb sbom advisories

# A toolchain made by rustup is often not on the PATH of a fresh shell.
export PATH := $(PATH):$(HOME)/.cargo/bin

STEP := scripts/step.sh

help:
	@echo 'make run     set up, build and serve; ARGS="--listen 127.0.0.1:4100" adds flags of motorpool serve'
	@echo 'make test    set up, then formatting, lints, documentation and every test'
	@echo 'make lint    formatting, lints and documentation only'
	@echo 'make bench   set up, then every bench'
	@echo 'make torture set up, then the long runs of faults; PROMISES_SEED=.. again, TORTURE_PEOPLE=.. and the like fewer or more'
	@echo 'make planted puts bugs in on purpose, one at a time: each must turn its tests red'
	@echo 'make pictures  pictures of every room of the page at the width of a phone and of a desk, in target/page'
	@echo 'make deb     a package for Debian, in target/debian'
	@echo 'make sbom    what the program is made of, as CycloneDX, in target/sbom.json'
	@echo 'make advisories  asks the RustSec database, where it can be reached, for what is known against the dependencies'
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

# Bytes that nobody would send, for every reader: FUZZ_SECONDS for each of them, which make test gives a second.
FUZZ_SECONDS ?= 60

# One line for each promise: tried, failed, bound. The counts and their variables are in tests/promises/torture.
torture:
	@scripts/setup.sh test
	TORTURE=1 cargo test --locked --test promises torture:: -- --nocapture --test-threads 1
	FUZZ_SECONDS=$(FUZZ_SECONDS) cargo test --locked --lib whatever_ -- --nocapture --test-threads 2

planted:
	@scripts/setup.sh test
	@scripts/planted.sh

# Made by the test that looks at every room, so what is seen is what was tested.
pictures:
	@scripts/setup.sh test
	PAGE_PICTURES=$(CURDIR)/target/page cargo test --locked --test promises page::everybody
	@ls target/page

CARGO_TOOL := $(CURDIR)/target/tools/cargo

deb:
	@scripts/setup.sh run
	@test -x $(CARGO_TOOL)/bin/cargo-deb || cargo install --locked --root $(CARGO_TOOL) --version 3.8.0 cargo-deb
	cargo build --release --locked
	$(CARGO_TOOL)/bin/cargo-deb --no-build --locked

sbom:
	@test -x $(CARGO_TOOL)/bin/cargo-cyclonedx || cargo install --locked --root $(CARGO_TOOL) --version 0.5.9 cargo-cyclonedx
	$(CARGO_TOOL)/bin/cargo-cyclonedx cyclonedx --format json --override-filename sbom
	@mv sbom.json target/sbom.json && echo target/sbom.json

advisories:
	@test -x $(CARGO_TOOL)/bin/cargo-audit || cargo install --locked --root $(CARGO_TOOL) --version 0.22.2 cargo-audit
	$(CARGO_TOOL)/bin/cargo-audit audit
