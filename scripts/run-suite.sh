#!/usr/bin/env bash
# usage: scripts/run-suite.sh SUITE
#
# Runs one suite that scripts/list-suites.sh listed, and leaves the record of its tests in $ARTIFACT_DIR. A suite
# without tests is a failure: the bundle then ends with 69.
set -euo pipefail

suite=${1:?usage: scripts/run-suite.sh SUITE}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bundle=${TEST_BUNDLE:-.build/debug/clusterrunnerPackageTests.xctest}

# The tests run commands and services of their own, which must not inherit the variables of this atom.
artifacts=${ARTIFACT_DIR:?}
for variable in "${!CLUSTERRUNNER_@}"; do
    unset "$variable"
done
unset PROJECT_DIR ARTIFACT_DIR ATOM_ID EXECUTOR_INDEX MACHINE_EXECUTOR_INDEX BUILD_EXECUTOR_INDEX SUITE

# The filter is a regular expression over MODULE.SUITE/... It is anchored, ends with the slash, and escapes all special
# characters, so it matches exactly this suite and the suites inside it.
escaped=$(printf '%s' "$suite" | sed -E 's@[][(){}.^$*+?|\\/]@\\&@g')
exec env NO_COLOR=1 "$bundle" --testing-library swift-testing --filter "^$escaped/" \
    --event-stream-output-path "$artifacts/events.jsonl" --event-stream-version 0
