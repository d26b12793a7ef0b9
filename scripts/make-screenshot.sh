#!/usr/bin/env bash
# usage: scripts/make-screenshot.sh CLUSTERRUNNER [FILE]
#
# Takes the picture of the README: the timeline of a build that really runs, on a master and three slaves of this machine.
# Needs chromium.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
CLUSTERRUNNER=$(readlink -f "${1:?usage: scripts/make-screenshot.sh CLUSTERRUNNER [FILE]}")
picture=$(readlink -m "${2:-docs/dashboard.png}")
source examples/scratch-cluster.sh

read -r master_port first second third <<<"$(free_ports 4)"
start_service master "$CLUSTERRUNNER" master --port "$master_port" --config-file "$(make_config master "$master_port")"
wait_until_ready master "$master_port"
number=0
for slave in "$first" "$second" "$third"; do
    start_service "slave-$slave" "$CLUSTERRUNNER" slave --port "$slave" --num-executors 2 --name "build-0$((++number))" \
        --master-url "127.0.0.1:$master_port" --config-file "$(make_config "slave-$slave" "$master_port")"
    wait_until_ready "slave-$slave" "$slave"
done

mkdir -p "$scratch/shop"
cat >"$scratch/shop/clusterrunner.yaml" <<'JOB'
Unit tests:
  setup_build:
    - echo "Compiling"; sleep 0.$((RANDOM % 5 + 3))
  commands:
    - echo "Testing $TEST"
    - sleep $(echo "$TEST" | cksum | awk '{print 0.05 + ($1 % 97) / 110}')
    - case "$TEST" in *invoice_rounding*) sleep 1.4 ;; *checkout_7*) echo "expected 3 items, found 2"; exit 1 ;; esac
  atomizers:
    - TEST: for area in cart checkout search; do seq -f "tests/test_${area}_%g.py" 22; done; echo tests/test_invoice_rounding.py
JOB

build() {
    (cd "$scratch/shop" && "$CLUSTERRUNNER" build --job-name "Unit tests" --master-url "127.0.0.1:$master_port" \
        --config-file "$scratch/master.conf") || [[ $? == 1 ]]
}
build
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile" \
    --window-size=1200,640 --virtual-time-budget=4000 --screenshot="$scratch/picture.png" \
    "http://127.0.0.1:$master_port/dashboard/builds/1/timeline" 2>/dev/null
mv "$scratch/picture.png" "$picture"
echo "The picture is $picture."
