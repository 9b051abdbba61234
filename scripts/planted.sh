#!/bin/sh
# Plants bugs, one at a time, and runs the tests that guard against each: they must turn red, and be green without.
#
# The bugs are in src/runtime/planted.rs. Built apart, so that no build for use ever has the feature.
set -eu
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="$PWD/target/planted"
# Tools of the tests are looked for where the set-up put them, beside the usual builds.
log=target/planted.log

tests() { cargo test --locked --features planted --test promises "$@" >"$log" 2>&1; }

# name of the bug, name of the tests that must see it
bugs='acknowledged-early crash::
not-flushed flushed::
overlap-unchecked torture::double
hash-unchecked files::refused'

printf '%s\n' "$bugs" | while read -r bug gate; do
    if ! tests "$gate"; then
        echo "planted: $gate is red with nothing planted, see $log" >&2
        exit 1
    fi
    if PLANTED_BUG=$bug tests "$gate"; then
        echo "planted: $bug is NOT seen by $gate" >&2
        exit 1
    fi
    grep -q '^test result: FAILED' "$log" || { echo "planted: $bug did not get as far as its tests, see $log" >&2; exit 1; }
    echo "planted: $bug is seen by $gate: $(grep -c '^test .* FAILED$' "$log") red"
done
