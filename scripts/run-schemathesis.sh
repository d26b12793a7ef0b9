#!/usr/bin/env bash
# usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT [--max-examples NUMBER] [--seed NUMBER]
#
# Installs Schemathesis into the virtual environment ENVIRONMENT, unless it is there in the pinned version, and runs
# scripts/run-schemathesis.py with it.
set -euo pipefail

program=${1:?usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT}
environment=${2:?usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT}
shift 2
here=$(dirname "${BASH_SOURCE[0]}")
requirements=$here/schemathesis-requirements.txt

if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements"
    cp "$requirements" "$environment/requirements.txt"
fi
exec python3 "$here/run-schemathesis.py" "$program" "$environment/bin/schemathesis" "$@"
