#!/usr/bin/env bash
# Lists the test suites of the built test bundle, one a line, as MODULE.SUITE; a test outside any suite stands for itself.
# Suites inside a suite are not listed: they run with it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bundle=${TEST_BUNDLE:-.build/debug/clusterrunnerPackageTests.xctest}
[[ -x $bundle ]] || {
    echo "list-suites: $bundle does not exist; build it with: swift build --build-tests" >&2
    exit 1
}

# MODULE.SUITE/SUBSUITE/test() becomes MODULE.SUITE. Names in backticks may hold a slash themselves.
# shellcheck disable=SC2016
"$bundle" --testing-library swift-testing --list-tests | sed -E 's@^([^`/]+(`[^`]*`)?[^`/]*)/.*@\1@' | LC_ALL=C sort -u
