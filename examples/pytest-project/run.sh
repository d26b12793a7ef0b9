#!/usr/bin/env bash
# usage: run.sh
#
# Runs the test suite of a real project, click, as a `git` build on a master and two slaves of this machine, and checks
# that all atoms together report what one plain pytest run reports, test for test. The sources come from PyPI; where it
# cannot be reached, the example says so and ends with 0.
set -euo pipefail

# The source distribution ships its tests, and needs nothing but pytest to run them.
project=click==8.1.8
requirements=(pytest==8.4.2)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../scratch-cluster.sh"
clusterrunner=$(find_clusterrunner)

skip() {
    echo "SKIPPED: examples/pytest-project: $1"
    tail -n 3 "$scratch/python.log" 2>/dev/null | sed 's/^/    /'
    exit 0
}

# fetch_project: makes $scratch/venv with the project installed, and its sources in $scratch/source.
fetch_project() {
    local python=$scratch/venv/bin/python
    {
        python3 -m venv "$scratch/venv" || return 1
        "$python" -m pip download --disable-pip-version-check --no-deps --no-binary :all: -d "$scratch" "$project" &&
            "$python" -m pip install --disable-pip-version-check "$scratch"/*.tar.gz "${requirements[@]}" || return 1
    } >"$scratch/python.log" 2>&1 </dev/null
    mkdir "$scratch/source"
    tar -xzf "$scratch"/*.tar.gz -C "$scratch/source" --strip-components=1
}

make_repository() {
    cp -R "$scratch/source" "$scratch/repository"
    sed "s|@PYTHON@|$scratch/venv/bin/python|" "$here/clusterrunner.yaml" >"$scratch/repository/clusterrunner.yaml"
    cd "$scratch/repository"
    git init --quiet
    git symbolic-ref HEAD refs/heads/main
    git add --all --force
    git -c user.name=Example -c user.email=example@example.org -c commit.gpgsign=false \
        commit --quiet -m "Import the source distribution of $project"
}

# run_plain: one pytest run over everything; the build must have the same exit code (1 when a test fails).
run_plain() {
    cd "$scratch/source"
    "$scratch/venv/bin/python" -m pytest -q -p no:cacheprovider \
        --junit-xml "$scratch/plain.xml" </dev/null >"$scratch/plain.log" 2>&1
}

start_cluster() {
    local master_port=$1 slave_ports=("$2" "$3") config number
    config=$(make_config master "$master_port")
    start_service master "$clusterrunner" master --port "$master_port" --config-file "$config"
    wait_until_ready master "$master_port"
    for number in 0 1; do
        config=$(make_config "slave-$number" "$master_port")
        start_service "slave-$number" "$clusterrunner" slave --port "${slave_ports[number]}" \
            --master-url "127.0.0.1:$master_port" --num-executors 2 --config-file "$config"
        wait_until_ready "slave-$number" "${slave_ports[number]}"
    done
}

# show_shares MASTER_PORT: prints the number of subjobs that each slave ran.
show_shares() {
    python3 - "http://127.0.0.1:$1/v1/build/1/subjob" <<'PYTHON'
import collections, json, sys, urllib.request
subjobs = json.load(urllib.request.urlopen(sys.argv[1], timeout=30))["subjobs"]
shares = collections.Counter(subjob["slave"] for subjob in subjobs)
print("Subjobs by slave:", ", ".join(f"{slave}: {count}" for slave, count in sorted(shares.items())))
PYTHON
}

# Not as the condition of an `if`, which would disable errexit inside.
set +e
(set -e && fetch_project)
fetched=$?
set -e
((fetched == 0)) || skip "PyPI could not be reached, or python3 cannot make virtual environments; it said:"
[[ -n $(find "$scratch/source/tests" -name 'test_*.py' 2>/dev/null) ]] || skip "$project ships no tests."
(make_repository)

echo "== one plain pytest run"
plain_status=0
(run_plain) || plain_status=$?
((plain_status <= 1)) || {
    cat "$scratch/plain.log"
    exit 1
}
tail -n 1 "$scratch/plain.log"

echo "== the same as a build on a master and two slaves"
read -r -a ports < <(free_ports 3)
start_cluster "${ports[@]}"
mkdir "$scratch/client-folder"
cd "$scratch/client-folder"
build_status=0
"$clusterrunner" build git --url "file://$scratch/repository" --job-name pytest \
    --master-url "127.0.0.1:${ports[0]}" --config-file "$(make_config client "${ports[0]}")" || build_status=$?
((build_status == plain_status)) || {
    echo "The build ended with exit code $build_status, the plain run with $plain_status." >&2
    exit 1
}
show_shares "${ports[0]}"
"$here/compare.py" "$scratch/plain.xml" "$scratch/client-folder/build_results"
