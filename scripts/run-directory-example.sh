#!/usr/bin/env bash
# usage: scripts/run-directory-example.sh CLUSTERRUNNER
#
# Runs the job `messages` of examples/directory-project on the embedded cluster and prints the place of its results.
# Uses a configuration of its own, so that nothing is created in the home folder and no running master is used.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
CLUSTERRUNNER=${1:?usage: scripts/run-directory-example.sh CLUSTERRUNNER}
source examples/scratch-cluster.sh
clusterrunner=$(find_clusterrunner)
config=$(make_config embedded "$(free_ports 1)")

cd examples/directory-project
echo "Running the job \"messages\" of examples/directory-project/clusterrunner.yaml."
"$clusterrunner" build directory --job-name messages --config-file "$config"
echo "The results are in examples/directory-project/build_results:"
find build_results -mindepth 1 -maxdepth 1 | sort -V | sed 's/^/    /'
