#!/usr/bin/env bash
# usage: run.sh [RESULTS]
#
# Makes a repository and builds both its branches on the embedded cluster. The results land in RESULTS/main and
# RESULTS/more-checks; without RESULTS they are shown and thrown away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../scratch-cluster.sh"
clusterrunner=$(find_clusterrunner)
results=$(mkdir -p "${1:-$scratch/results}" && cd "${1:-$scratch/results}" && pwd)

"$here/make-repository.sh" "$scratch/repository"
config=$(make_config embedded "$(free_ports 1)")

# `build` leaves build_results/ in the folder it is started in.
mkdir -p "$results/main" "$results/more-checks"

echo "== the remote's default branch"
cd "$results/main"
"$clusterrunner" build git --url "file://$scratch/repository" --job-name checks --config-file "$config"

echo "== the branch more-checks"
cd "$results/more-checks"
"$clusterrunner" build git --url "file://$scratch/repository" --branch more-checks --job-name checks \
    --config-file "$config"
