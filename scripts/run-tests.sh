#!/usr/bin/env bash
# usage: scripts/run-tests.sh [ARGUMENT...]
#
# Runs the tests that were built, with the arguments of "swift test" that choose among them. Tests run at once, and
# what a failed one said is far from the end of the output: it is printed there once more.
set -euo pipefail

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
swift test --skip-build "$@" 2>&1 | tee "$output" || status=$?
if ((status)); then
    printf '\nrun-tests: what failed (exit code %d):\n' "$status" >&2
    # An issue, and the first of the lines that belong to it.
    awk '/^(✘|error: |fatal error)/ || /: Fatal error/ { left = 25 } /^(◇|✔|↳? *$)/ { left = 0 } left-- > 0' "$output" |
        cut -c 1-2000 | tail -n 200 >&2
fi
exit "$status"
