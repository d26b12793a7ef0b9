#!/usr/bin/env bash
set -euo pipefail
test $((19 + 23)) -eq 42
echo "Addition works."
