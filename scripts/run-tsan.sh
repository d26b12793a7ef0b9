#!/usr/bin/env bash
# usage: scripts/run-tsan.sh SCRATCH_PATH
#
# Runs all tests that `make tsan` has built for ThreadSanitizer. Fails if a test fails, or if any process, including
# those of the product, reported a problem. The reports are printed, and stay in SCRATCH_PATH/reports.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=${1:?usage: scripts/run-tsan.sh SCRATCH_PATH}
bundle=$scratch/debug/clusterrunnerPackageTests.xctest
reports=$PWD/$scratch/reports

fail() {
    printf 'run-tsan: %s\n' "$1" >&2
    exit 1
}

# A program built without ThreadSanitizer reports nothing.
for program in "$bundle" "$scratch/debug/clusterrunner"; do
    [[ -x $program ]] || fail "$program does not exist; make tsan builds it."
    grep -q --text __tsan_init "$program" ||
        fail "$program was not built for ThreadSanitizer; remove $scratch, and let make tsan build it."
done

rm -rf "$reports"
mkdir -p "$reports"
# Each process writes a file of its own and continues. The tests pass these options to the programs that they start.
export TSAN_OPTIONS="log_path='$reports/report' exitcode=66"
# Everything takes several times as long. Few tests run at once, so that each ends within its own time limit.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

tests=0 failures=0
run() {
    local log=$scratch/tests.log count
    NO_COLOR=1 "$bundle" --testing-library swift-testing "$@" </dev/null 2>&1 | tee "$log" || failures=$((failures + 1))
    count=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} .*/\1/p' "$log")
    # Without a summary line the tests crashed, or none were found.
    [[ -n $count ]] || failures=$((failures + 1))
    tests=$((tests + ${count:-0}))
}
run --skip '^IntegrationTests\.' --skip ExitTests
run --filter ExitTests
run --filter '^IntegrationTests\.'

files=("$reports"/*)
found=0
if [[ -e ${files[0]} ]]; then
    cat "${files[@]}"
    found=$(cat "${files[@]}" | grep -c 'WARNING: ThreadSanitizer' || true)
fi
printf 'ThreadSanitizer: %d tests, reports: %d, %d s.\n' "$tests" "$found" "$SECONDS"
# Other reports, such as the death of a process, are in these files too.
[[ ! -e ${files[0]} ]] || fail "see the reports above; they stay in $reports."
((failures == 0)) || fail "tests failed, see above."
