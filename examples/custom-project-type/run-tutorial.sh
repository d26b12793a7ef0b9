#!/usr/bin/env bash
# usage: run-tutorial.sh CUSTOM_PROGRAM
#
# Runs what the README's tutorial says with CUSTOM_PROGRAM, the program that was built from its pages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(readlink -f "${1:?usage: run-tutorial.sh CUSTOM_PROGRAM}")
source "$here/../scratch-cluster.sh"
export HGPLAIN=1 HGUSER='Example <example@example.org>'

config=$(make_config embedded "$(free_ports 1)")
mkdir "$scratch/shop" && cd "$scratch/shop"
printf 'tests:\n  commands: ["hg id -i"]\n  atomizers: [{N: seq 2}]\n' >clusterrunner.yaml
hg init && hg commit --quiet --addremove --message first
cd "$scratch"
"$program" build mercurial --help | grep -e '--hash'
"$program" build mercurial --url "$scratch/shop" --job-name tests --config-file "$config"
"$here/../../scripts/check-results.py" build_results 2 0
