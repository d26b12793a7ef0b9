#!/usr/bin/env bash
# usage: scripts/self-test.sh CLUSTERRUNNER
#
# Runs the test suite of the built checkout through ClusterRunner, on the embedded cluster, and checks that exactly the
# tests of one plain run of the test bundle ran. Needs `swift build --build-tests` first.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
CLUSTERRUNNER=${1:?usage: scripts/self-test.sh CLUSTERRUNNER}
source examples/scratch-cluster.sh
clusterrunner=$(find_clusterrunner)
bundle=${TEST_BUNDLE:-.build/debug/clusterrunnerPackageTests.xctest}

echo "== one plain run"
"$bundle" --testing-library swift-testing --event-stream-output-path "$scratch/plain.jsonl" --event-stream-version 0 \
    </dev/null >"$scratch/plain.log" 2>&1 || {
    cat "$scratch/plain.log"
    exit 1
}
tail -n 1 "$scratch/plain.log"

echo "== the same through ClusterRunner"
config=$(make_config embedded "$(free_ports 1)")
# Started elsewhere, so that build_results/ lands in the scratch folder.
mkdir "$scratch/client-folder"
cd "$scratch/client-folder"
"$clusterrunner" build directory --project-directory "$root" --job-name tests --config-file "$config"
"$root/scripts/compare-tests.py" "$scratch/plain.jsonl" build_results
