#!/usr/bin/env bash
# usage: scripts/run-examples.sh CLUSTERRUNNER
#
# Runs every example through the given binary and checks its results. A skipped example that needs the network prints
# the reason.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export CLUSTERRUNNER=${1:?usage: scripts/run-examples.sh CLUSTERRUNNER}
source examples/scratch-cluster.sh
CLUSTERRUNNER=$(find_clusterrunner)

fail() {
    printf 'run-examples: %s\n' "$1" >&2
    exit 1
}

# expect_status WANTED COMMAND...: runs a command that must end with that exit code.
expect_status() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    ((status == wanted)) || fail "\"$*\" ended with exit code $status instead of $wanted."
}

directory_project() {
    local config output
    config=$(make_config embedded "$(free_ports 1)")
    # A copy, with a space in its path, so that results of other runs are neither used nor removed.
    cp -R examples/directory-project "$scratch/a directory"
    rm -rf "$scratch/a directory/build_results"
    cd "$scratch/a directory"

    expect_status 0 "$CLUSTERRUNNER" build --job-name messages --config-file "$config"
    "$root/scripts/check-results.py" build_results 10 0 result.txt
    [[ $(sort -V build_results/*/result.txt | tail -n 1) == "The artifact of atom number 10." ]] ||
        fail "the artifact of the tenth atom is not what the job wrote."

    rm -rf build_results
    expect_status 1 "$CLUSTERRUNNER" build directory --job-name one-fails --config-file "$config" >"$scratch/output"
    cat "$scratch/output"
    "$root/scripts/check-results.py" build_results 5 1
    output=$(cat "$scratch/output")
    [[ $output == *"Checking 3."* ]] || fail "the output of the failed atom was not shown."

    # Several jobs without a choice: nothing can run, and the error lists the jobs.
    expect_status 2 "$CLUSTERRUNNER" build --config-file "$config" >"$scratch/output" 2>&1
    output=$(cat "$scratch/output")
    [[ $output == *messages* && $output == *one-fails* ]] || fail "the jobs to choose from were not listed: $output"
}

git_project() {
    examples/git-project/run.sh "$scratch/git-results"
    scripts/check-results.py "$scratch/git-results/main/build_results" 3 0 report.txt
    scripts/check-results.py "$scratch/git-results/more-checks/build_results" 4 0 report.txt
}

project_programs() {
    examples/project-programs/run.sh "$scratch/programs"
    scripts/check-results.py "$scratch/programs/tarball/build_results" 2 0
    scripts/check-results.py "$scratch/programs/pypi/build_results" 1 0
}

notify() {
    examples/notify/run.sh
}

monitoring() {
    scripts/check-monitoring.sh "$CLUSTERRUNNER"
}

ci() {
    examples/ci/try.sh
}

for example in directory_project git_project project_programs notify monitoring ci; do
    echo "=== examples/${example//_/-}"
    # Not with `|| fail`, which would disable errexit inside the function.
    ($example)
done
echo "=== test runners"
scripts/check-dialects.py "$CLUSTERRUNNER"
echo "=== README.md"
scripts/readme-session.py "$CLUSTERRUNNER" --check
scripts/check-docs.py --run "$CLUSTERRUNNER"
echo "=== examples/pytest-project"
examples/pytest-project/run.sh
