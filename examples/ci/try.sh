#!/usr/bin/env bash
# usage: try.sh
#
# Runs the recipe on this machine as three parallel jobs of Jenkins would.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
source ../scratch-cluster.sh
program=$(find_clusterrunner)
run=$PWD/run.sh
mkdir "$scratch/project"
cat >"$scratch/project/clusterrunner.yaml" <<'YAML'
tests:
  commands: [echo "$TEST" > "$ARTIFACT_DIR/result.txt"]
  atomizers:
  - TEST: seq 12
YAML

# job NUMBER: one of the jobs, with a home of its own.
job() {
    mkdir "$scratch/home$1"
    cd "$scratch/project"
    env HOME="$scratch/home$1" JENKINS_URL=http://jenkins/ BUILD_TAG=jenkins-example-1 JOB_INDEX="$1" JOB_TOTAL=3 \
        MEETING_DIR="$scratch/meeting" CLUSTERRUNNER="$program" CLUSTERRUNNER_SECRET="the secret of the example" \
        CLUSTERRUNNER_HOSTNAME=127.0.0.1 FIRST_HOST=127.0.0.1 "$run" "${@:2}" >"$scratch/job$1.log" 2>&1
}

job 2 &
second=$!
job 3 &
third=$!
status=0
(job 1 --wait-for-slaves 2) || status=$?
for process in "$second" "$third"; do wait "$process" || status=$?; done
for number in 1 2 3; do sed "s/^/[job $number] /" "$scratch/job$number.log"; done
((status == 0))
../../scripts/check-results.py "$scratch/project/build_results" 12 0 result.txt
