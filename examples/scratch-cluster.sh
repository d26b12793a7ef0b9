#!/usr/bin/env bash
# Sourced by the scripts of this folder and by scripts/: a ClusterRunner apart from the user's own files.
#
# Everything lies below $scratch, which is removed at the end, after the services started here were ended by their own
# process ids. KEEP_SCRATCH=1 keeps the folder and prints its path.
set -euo pipefail

scratch=$(mktemp -d "${TMPDIR:-/tmp}/clusterrunner-example.XXXXXX")
service_pids=()

# The binary: $CLUSTERRUNNER, or else the one built in this checkout, or else the one on PATH.
find_clusterrunner() {
    local root
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    if [[ -n ${CLUSTERRUNNER:-} ]]; then
        readlink -f "$CLUSTERRUNNER"
    elif [[ -x $root/.build/debug/clusterrunner ]]; then
        echo "$root/.build/debug/clusterrunner"
    else
        command -v clusterrunner || {
            echo "No clusterrunner was found: build it with \"swift build\", or set CLUSTERRUNNER to its path." >&2
            return 1
        }
    fi
}

# free_ports COUNT: prints COUNT unused ports of the loopback interface.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PYTHON
}

# make_config NAME MASTER_PORT: writes a configuration with a base directory of its own and prints its path.
#
# All configurations of one scratch folder share a secret. MASTER_PORT is the port of the master for `build` and
# slaves: an unused port makes `build` use the embedded cluster, even while another master runs here.
make_config() {
    local file=$scratch/$1.conf
    [[ -f $scratch/secret ]] || (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$scratch/secret")
    mkdir -p "$scratch/$1"
    (
        umask 077
        cat >"$file" <<CONF
[general]
secret = $(cat "$scratch/secret")
base_directory = $scratch/$1
build_symlink_directory = $scratch/$1/links
hostname = 127.0.0.1
master_hostname = 127.0.0.1
master_port = $2
CONF
    )
    echo "$file"
}

# start_service NAME COMMAND...: runs a service in the background, its output in $scratch/NAME.log.
start_service() {
    local name=$1
    shift
    "$@" >"$scratch/$name.log" 2>&1 </dev/null &
    service_pids+=($!)
}

# wait_until_ready NAME PORT: waits until the service started last answers its health route with 200.
wait_until_ready() {
    local pid=${service_pids[-1]} tries
    for ((tries = 0; tries < 300; tries++)); do
        if python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' \
            "http://127.0.0.1:$2/v1/health" 2>/dev/null; then
            return 0
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    echo "The service \"$1\" is not ready; its output:" >&2
    cat "$scratch/$1.log" >&2
    return 1
}

# end_service PID: asks a service to end, and insists after ten seconds.
end_service() {
    local tries
    kill -TERM "$1" 2>/dev/null || return 0
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "The service with process id $1 did not end within 10 s of TERM; killing it." >&2
    kill -KILL "$1" 2>/dev/null || true
}

end_scratch_cluster() {
    local status=$? index
    # In reverse order, so that the slaves leave before the master.
    for ((index = ${#service_pids[@]} - 1; index >= 0; index--)); do
        end_service "${service_pids[index]}"
    done
    if [[ -n ${KEEP_SCRATCH:-} ]]; then
        echo "Kept: $scratch"
    else
        rm -rf "$scratch"
    fi
    exit "$status"
}
trap end_scratch_cluster EXIT
