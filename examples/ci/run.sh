#!/usr/bin/env bash
# usage: run.sh [OPTION OF clusterrunner build]...
#
# One of the parallel jobs of a CI system. The first one is the master and builds; the others work for it.
#
# Every job needs CLUSTERRUNNER_SECRET or CLUSTERRUNNER_SECRET_FILE, and a way to find the first one:
#   FIRST_HOST   the name of its machine, where that is fixed, or
#   MEETING_DIR  a directory that all jobs share; Buildkite needs neither.
# Optional:
#   FIRST_PORT   the port of the master; without it the key chooses one from 20000 to 29999.
#   WAIT         the seconds that a job waits for the first one, 300 without it.
set -euo pipefail

program=${CLUSTERRUNNER:-clusterrunner}
# The program takes variables with this prefix for settings.
unset CLUSTERRUNNER
wait=${WAIT:-300}

fail() {
    printf 'run.sh: %s\n' "$1" >&2
    exit 2
}

# The number of this job from 1, the number of all, and what they have in common with no other build.
if [[ -n ${BUILDKITE:-} ]]; then
    index=$((${BUILDKITE_PARALLEL_JOB:-0} + 1)) total=${BUILDKITE_PARALLEL_JOB_COUNT:-1}
    key=buildkite-$BUILDKITE_BUILD_ID-${BUILDKITE_STEP_KEY:-step}
elif [[ -n ${GITLAB_CI:-} ]]; then
    index=${CI_NODE_INDEX:-1} total=${CI_NODE_TOTAL:-1}
    # The name is "tests 2/3".
    key=gitlab-$CI_PIPELINE_ID-${CI_JOB_NAME%% *}
elif [[ -n ${GITHUB_ACTIONS:-} ]]; then
    index=${JOB_INDEX:?the workflow sets JOB_INDEX} total=${JOB_TOTAL:?the workflow sets JOB_TOTAL}
    key=github-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT-$GITHUB_JOB
elif [[ -n ${JENKINS_URL:-} ]]; then
    index=${JOB_INDEX:?the Jenkinsfile sets JOB_INDEX} total=${JOB_TOTAL:?the Jenkinsfile sets JOB_TOTAL}
    key=$BUILD_TAG
else
    fail "this is none of Buildkite, GitLab, GitHub Actions and Jenkins."
fi
key=$(printf '%s' "$key" | tr -c 'A-Za-z0-9._-' '-')

((total > 1)) || exec "$program" build "$@"

port=${FIRST_PORT:-$((20000 + $(printf '%s' "$key" | cksum | cut -d ' ' -f 1) % 10000))}

# announce HOST: tells the other jobs where the first one runs.
announce() {
    if [[ -n ${FIRST_HOST:-} ]]; then
        :
    elif [[ -n ${MEETING_DIR:-} ]]; then
        mkdir -p "$MEETING_DIR"
        printf '%s\n' "$1" >"$MEETING_DIR/$key.new"
        mv "$MEETING_DIR/$key.new" "$MEETING_DIR/$key"
    elif [[ -n ${BUILDKITE:-} ]]; then
        buildkite-agent meta-data set "$key" "$1"
    else
        fail "set FIRST_HOST or MEETING_DIR, so that the jobs find the first one."
    fi
}

# first_host: prints where the first job runs, or nothing while it has not said so.
first_host() {
    if [[ -n ${FIRST_HOST:-} ]]; then
        echo "$FIRST_HOST"
    elif [[ -n ${MEETING_DIR:-} ]]; then
        cat "$MEETING_DIR/$key" 2>/dev/null || true
    elif [[ -n ${BUILDKITE:-} ]]; then
        buildkite-agent meta-data get "$key" --default ''
    else
        fail "set FIRST_HOST or MEETING_DIR, so that the jobs find the first one."
    fi
}

if ((index == 1)); then
    announce "${FIRST_HOST:-$(hostname -f 2>/dev/null || hostname)}"
    status=0
    "$program" build --build-key "$key" --master-port "$port" "$@" || status=$?
    [[ -z ${MEETING_DIR:-} ]] || rm -f "$MEETING_DIR/$key"
    exit "$status"
fi

deadline=$((SECONDS + wait))
host=$(first_host)
while [[ -z $host ]]; do
    if ((SECONDS >= deadline)); then
        # The build may have ended before this job began. The first job tells its result.
        echo "run.sh: no first job within $wait s; this job has nothing to do."
        exit 0
    fi
    sleep 1
    host=$(first_host)
done
exec "$program" slave --for-build "$key" --master-url "$host:$port" --wait "$wait" --allow-late
