#!/usr/bin/env bash
# usage: run.sh [RESULTS]
#
# Checks the two programs against the rules for project types, then builds a project of each: `tarball` on the embedded
# cluster, `pypi` on a master and a slave, which gets the package from the master. The results land in RESULTS/tarball and
# RESULTS/pypi; without RESULTS they are shown and thrown away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../scratch-cluster.sh"
clusterrunner=$(find_clusterrunner)
results=$(mkdir -p "${1:-$scratch/results}" && cd "${1:-$scratch/results}" && pwd)
mkdir -p "$results/tarball" "$results/pypi" "$scratch/types" "$scratch/index"
cp "$here/pypi.py" "$here/tarball.sh" "$scratch/types"
export CLUSTERRUNNER_PROJECT_TYPE_DIRECTORY=$scratch/types

# A project in an archive.
mkdir -p "$scratch/source/demo-1.0/tests"
cat >"$scratch/source/demo-1.0/clusterrunner.yaml" <<'YAML'
Tests:
  commands: ["sh $TEST"]
  atomizers:
    - TEST: "ls tests/*.sh"
YAML
echo 'test "$((1 + 1))" = 2' >"$scratch/source/demo-1.0/tests/sum.sh"
echo 'test "$((2 * 3))" = 6' >"$scratch/source/demo-1.0/tests/product.sh"
tar -C "$scratch/source" -czf "$scratch/index/demo-1.0.tar.gz" demo-1.0

read -r master_port slave_port index_port unused_port <<<"$(free_ports 4)"
start_service index python3 "$here/index.py" "$scratch/index" "$index_port"
config=$(make_config cluster "$master_port")
start_service master "$clusterrunner" master --port "$master_port" --config-file "$config"
wait_until_ready master "$master_port"
start_service slave "$clusterrunner" slave --port "$slave_port" --config-file "$config"

echo "== the rules for project types"
"$clusterrunner" check-plugin "$scratch/types/tarball.sh" --source "$scratch/index/demo-1.0.tar.gz" --strip 1
"$clusterrunner" check-plugin "$scratch/types/pypi.py" --package demo --index "http://127.0.0.1:$index_port"

echo "== tarball on the embedded cluster"
cd "$results/tarball"
"$clusterrunner" build tarball --source "$scratch/index/demo-1.0.tar.gz" --strip 1 \
    --config-file "$(make_config embedded "$unused_port")"

echo "== pypi on a master and a slave"
cd "$results/pypi"
"$clusterrunner" build pypi --package demo --index "http://127.0.0.1:$index_port" --config-file "$config" \
    --config '{"commands": ["sh tests/sum.sh"], "atomizers": [{"RUN": "echo 1"}]}'
