#!/usr/bin/env bash
# usage: scripts/check-monitoring.sh CLUSTERRUNNER
#
# Checks examples/monitoring with promtool, and then against a live master that a real Prometheus scrapes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${1:?usage: scripts/check-monitoring.sh CLUSTERRUNNER}

promtool check config examples/monitoring/prometheus.yml
promtool check rules examples/monitoring/alerts.yml
promtool test rules examples/monitoring/alerts-test.yml
exec scripts/check-monitoring.py "$program"
