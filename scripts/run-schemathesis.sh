#!/usr/bin/env bash
# usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT [--max-examples NUMBER] [--seed NUMBER]
#
# Runs scripts/run-schemathesis.py with the Schemathesis of the virtual environment ENVIRONMENT, which is made if need be.
set -euo pipefail

program=${1:?usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT}
environment=${2:?usage: scripts/run-schemathesis.sh CLUSTERRUNNER ENVIRONMENT}
shift 2
here=$(dirname "${BASH_SOURCE[0]}")
"$here/make-environment.sh" "$environment"
exec python3 "$here/run-schemathesis.py" "$program" "$environment/bin/schemathesis" "$@"
