#!/usr/bin/env bash
# usage: run.sh CUSTOM_PROGRAM
#
# Builds a small Mercurial repository with CUSTOM_PROGRAM, such as .build/debug/custom-clusterrunner: first on the
# embedded cluster, by branch and by tag, then on a master and a slave.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(readlink -f "${1:?usage: run.sh CUSTOM_PROGRAM}")
source "$here/../scratch-cluster.sh"
export HGPLAIN=1 HGUSER='Example <example@example.org>'

fail() {
    printf 'custom-project-type: %s\n' "$1" >&2
    exit 1
}

command -v hg >/dev/null || fail "hg was not found; install Mercurial, as by \"apt-get install mercurial\"."

# Two checks on the branch default, and a third on the branch more-checks. The first state has the tag v1.
make_repository() {
    mkdir -p "$scratch/repository/checks"
    cd "$scratch/repository"
    hg init
    cat >clusterrunner.yaml <<'YAML'
checks:
  commands:
    - bash "$CHECK" | tee "$ARTIFACT_DIR/report.txt"
    - hg log --rev . --template '{node}\n' >"$ARTIFACT_DIR/changeset.txt"
  atomizers:
    - CHECK: ls checks/*.sh
YAML
    echo 'test $((1 + 1)) = 2 && echo "Addition works."' >checks/addition.sh
    echo 'test "$(printf "b\na\n" | sort | head -n 1)" = a && echo "Sorting works."' >checks/sorting.sh
    hg commit --quiet --addremove --message "Check addition and sorting"
    hg tag v1
    hg branch --quiet more-checks
    echo 'test "$(date -u -d @0 +%Y)" = 1970 && echo "Dates work."' >checks/dates.sh
    hg commit --quiet --addremove --message "Check dates, too"
}

# build NAME REVISION ATOMS OPTION...: runs a build and checks its results.
build() {
    local name=$1 revision=$2 atoms=$3 wanted found
    shift 3
    echo "== $name"
    mkdir -p "$scratch/results/$name"
    cd "$scratch/results/$name"
    "$program" build mercurial --url "file://$scratch/repository" --job-name checks "$@"
    "$here/../../scripts/check-results.py" build_results "$atoms" 0 report.txt
    wanted=$(hg log --cwd "$scratch/repository" --rev "$revision" --template '{node}')
    found=$(sort -u build_results/*/changeset.txt)
    [[ $found == "$wanted" ]] || fail "the build $name ran on the changeset $found instead of $wanted."
}

start_cluster() {
    local master_port=$1 slave_port=$2 config
    config=$(make_config master "$master_port")
    start_service master "$program" master --port "$master_port" --config-file "$config"
    wait_until_ready master "$master_port"
    config=$(make_config slave "$master_port")
    start_service slave "$program" slave --port "$slave_port" --master-url "127.0.0.1:$master_port" \
        --num-executors 2 --config-file "$config"
    wait_until_ready slave "$slave_port"
}

help=$("$program" build mercurial --help)
for option in url branch tag hash project-directory job-name; do
    [[ $help == *"--$option "* ]] || fail "\"build mercurial --help\" does not show --$option: $help"
done

(make_repository)
config=$(make_config embedded "$(free_ports 1)")
build default default 2 --config-file "$config"
build more-checks more-checks 3 --branch more-checks --config-file "$config"
build v1 v1 2 --tag v1 --config-file "$config"

echo "== an unknown branch"
status=0
output=$("$program" build mercurial --url "file://$scratch/repository" --branch more-cheks --job-name checks \
    --config-file "$config" 2>&1) || status=$?
[[ $status == 2 && $output == *'has no branch "more-cheks". Did you mean "more-checks"?'* ]] ||
    fail "a build of an unknown branch ended with $status and said: $output"

read -r -a ports < <(free_ports 2)
start_cluster "${ports[@]}"
build cluster more-checks 3 --branch more-checks --master-url "127.0.0.1:${ports[0]}" \
    --config-file "$(make_config client "${ports[0]}")"
