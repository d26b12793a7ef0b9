#!/usr/bin/env bash
# usage: run.sh
#
# Builds two jobs of a git repository on a master and a slave, and checks the commit statuses that
# commit-status.py sets: at GitHub as a receiver of notifications, at GitLab as the master's command. A local server
# plays both services.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../scratch-cluster.sh"
clusterrunner=$(find_clusterrunner)
read -r services_port receiver_port master_port <<<"$(free_ports 3)"
services=http://127.0.0.1:$services_port
record=$scratch/statuses

fail() {
    printf 'notify: %s\n' "$1" >&2
    [[ ! -f $scratch/master.log ]] || cat "$scratch/master.log" >&2
    exit 1
}

# make_repository: makes the bare repository acme/checks.git, as its server has it.
make_repository() {
    local work=$scratch/work bare=$scratch/repositories/acme/checks.git
    export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
    git init --quiet --initial-branch=main "$work"
    cat >"$work/clusterrunner.yaml" <<'YAML'
passes:
  commands: ["true"]
  atomizers: [{N: "seq 3"}]
fails:
  commands: ["[ $N != 2 ]"]
  atomizers: [{N: "seq 3"}]
YAML
    git -C "$work" add .
    git -C "$work" commit --quiet -m "Add the jobs"
    git clone --quiet --bare "$work" "$bare"
    git -C "$bare" update-server-info
    git -C "$work" rev-parse HEAD
}

# write_secret FILE TEXT: writes a file for this user only.
write_secret() { (umask 077 && printf '%s\n' "$2" >"$1"); }

# await_status SERVICE NAME STATE: waits until the last status of a job is as required, and checks its fields.
await_status() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        python3 - "$record" "$@" "$sha" "http://127.0.0.1:$master_port" <<'PYTHON' && return 0
import json, pathlib, sys
path, service, name, state, sha, master = sys.argv[1:]
key = {"github": "context", "gitlab": "name"}[service]
lines = pathlib.Path(path).read_text().splitlines() if pathlib.Path(path).exists() else []
statuses = [s for s in map(json.loads, lines) if s["service"] == service and s[key] == f"clusterrunner/{name}"]
if not statuses or statuses[-1]["state"] != state:
    sys.exit(1)
last = statuses[-1]
assert last["repository"] == "acme/checks" and last["sha"] == sha, last
assert last["target_url"].startswith(f"{master}/dashboard/builds/"), last
wanted = {"passes": "All of 3 atoms passed.", "fails": "1 of 3 atoms failed."}[name]
assert last["description"] == wanted, last
print(f"{service}: " + " -> ".join(s["state"] for s in statuses) + f" ({name}: {last['description']})")
PYTHON
        sleep 0.1
    done
    fail "the status of $2 at $1 did not become $3: $(cat "$record" 2>/dev/null)"
}

sha=$(make_repository)
write_secret "$scratch/github.token" github-token
write_secret "$scratch/gitlab.token" gitlab-token
write_secret "$scratch/notify.secret" "a secret for receivers"

start_service services "$here/services.py" "$services_port" "$scratch/repositories" "$record"
start_service receiver "$here/commit-status.py" github --token-file "$scratch/github.token" \
    --listen "$receiver_port" --secret-file "$scratch/notify.secret"

config=$(make_config master "$master_port")
cat >>"$config" <<CONF

[notify]
url = http://127.0.0.1:$receiver_port/
secret = a secret for receivers
on_build_finished = exec '$here/commit-status.py' gitlab --token-file '$scratch/gitlab.token'
CONF
start_service master "$clusterrunner" master --port "$master_port" --config-file "$config" --verbose
wait_until_ready master "$master_port"
slave_config=$(make_config slave "$master_port")
start_service slave "$clusterrunner" slave --port 0 --num-executors 2 --config-file "$slave_config"

build() {
    local wanted=$1 status=0
    (mkdir -p "$scratch/results" && cd "$scratch/results" && "$clusterrunner" build git \
        --url "$services/acme/checks.git" --job-name "$2" --master-url "127.0.0.1:$master_port" \
        --config-file "$slave_config") || status=$?
    ((status == wanted)) || fail "the build of $2 ended with exit code $status instead of $wanted."
}

build 0 passes
await_status github passes success
await_status gitlab passes success
build 1 fails
await_status github fails failure
await_status gitlab fails failed

echo "== a wrong token is an error that names the answer"
write_secret "$scratch/wrong.token" wrong
build_file=$scratch/build.json
cat >"$build_file" <<JSON
{"build": {"id": 1, "result": "NO_FAILURES", "progress": {"atoms": 3, "failed": 0}, "error_message": null,
           "job_name": "passes", "request_params": {}},
 "notification": {"state": "FINISHED", "build_url": "http://127.0.0.1/",
                  "project": {"url": "$services/acme/checks.git", "hash": "$sha"}}}
JSON
# expect_refusal WANTED ARGUMENTS...: sets a status, which must be refused with an error that holds a text.
expect_refusal() {
    local wanted=$1 output
    shift
    output=$(CLUSTERRUNNER_BUILD_FILE=$build_file "$here/commit-status.py" "$@" 2>&1) && fail "\"$*\" succeeded."
    [[ $output == *"$wanted"* ]] || fail "the error does not name the answer: $output"
}
for service in github gitlab; do
    expect_refusal "answered 401" "$service" --token-file "$scratch/wrong.token"
    expect_refusal "answered 404" "$service" --token-file "$scratch/$service.token" --repository other/checks
done
