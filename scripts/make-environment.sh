#!/usr/bin/env bash
# usage: scripts/make-environment.sh ENVIRONMENT
#
# Installs Schemathesis, and with it a validator of JSON Schema and a reader of YAML, into the virtual environment
# ENVIRONMENT, unless it is there in the pinned version.
set -euo pipefail

environment=${1:?usage: scripts/make-environment.sh ENVIRONMENT}
requirements=$(dirname "${BASH_SOURCE[0]}")/schemathesis-requirements.txt

cmp -s "$requirements" "$environment/requirements.txt" && exit 0
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements"
cp "$requirements" "$environment/requirements.txt"
