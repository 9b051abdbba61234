#!/bin/sh
# Runs one step of the build and says how long it took: scripts/step.sh NAME COMMAND...
set -eu
name=$1
shift
printf '== %s: %s\n' "$name" "$*"
began=$(date +%s)
if "$@"; then code=0; else code=$?; fi
outcome=done
[ "$code" = 0 ] || outcome="FAILED, exit code $code,"
printf '== %s: %s after %s s\n' "$name" "$outcome" "$(($(date +%s) - began))"
exit "$code"
