#!/usr/bin/env bash
set -euo pipefail
test "$(printf '%s\n' c a b | sort | tr -d '\n')" = abc
echo "Sorting works."
