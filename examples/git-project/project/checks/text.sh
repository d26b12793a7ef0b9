#!/usr/bin/env bash
set -euo pipefail
test "$(echo cluster | tr '[:lower:]' '[:upper:]')" = CLUSTER
echo "Text works."
