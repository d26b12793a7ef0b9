#!/usr/bin/env python3
"""Run Schemathesis against a live master and a live slave: no answer is 5xx, and none is other than documented.

usage: scripts/run-schemathesis.py CLUSTERRUNNER SCHEMATHESIS [--max-examples NUMBER] [--seed NUMBER]

The requests come from the OpenAPI documents that the services serve, from a fixed seed. Streams without an end are left
out. What shuts slaves down comes last.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from live_api import Cluster

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]
# A reader of these waits for events that nobody sends here.
ENDLESS = ["streamEvents", "streamEventsV2", "streamInstructions"]
LAST = ["reportGoodbye", "shutDownSlaves", "shutDownSlavesV2", "shutDownSlave", "shutDownSlaveV2"]
KILL = ["killSlave", "killSlaveV2"]
JOBS = """
Green: {commands: ['echo "$N"'], atomizers: [{N: seq 3}], setup_build: [echo ready]}
Red: {commands: ['[ "$N" = 1 ]'], atomizers: [{N: seq 3}]}
NoAtoms: {commands: ["true"], atomizers: [{N: exit 3}]}
"""


def run(options, service, environment, selection):
    command = [
        options.schemathesis, "run", f"http://127.0.0.1:{service.port}/v1/openapi.json",
        "--url", f"http://127.0.0.1:{service.port}", "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(options.max_examples),
        "--seed", str(options.seed),
        "--generation-database", "none", "--generation-with-security-parameters", "false",
        "--suppress-health-check", "all", "--request-timeout", "20", "--continue-on-failure", "--no-shrink", *selection,
    ]
    print(f"run-schemathesis: the {service.name}, {' '.join(selection)}", flush=True)
    settings = {
        **os.environ, **environment, "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(pathlib.Path(__file__).parent), "CLUSTERRUNNER_SESSION": service.session,
    }
    ended = subprocess.run(command, env=settings, cwd=service.log.parent, stdin=subprocess.DEVNULL, check=False)
    return ended.returncode == 0


def select(flag, names):
    return [word for name in names for word in (flag, name)]


def prepare(cluster, scratch):
    """Returns a master with ended builds, its slave, and the token of a slave that only registered."""
    project = pathlib.Path(scratch, "project")
    project.mkdir()
    (project / "clusterrunner.yaml").write_text(JOBS)
    # The slave that only registered is silent.
    master = cluster.master(settings=["[master]", "unresponsive_slaves_cleanup_interval = 3600"])
    # It is the first, the number that the examples of the document have.
    registration = {"slave": "127.0.0.1:1", "num_executors": 1, "session_id": "of a script"}
    welcome = master.json("POST", "/v1/slave", registration, signed=True)
    slave = cluster.slave("slave", master.port, executors=2)
    for job in ["Green", "Red", "NoAtoms"]:
        fields = {"type": "directory", "project_directory": str(project), "job_name": job}
        build = master.json("POST", "/v1/build", fields)["build_id"]
        ended = master.json("GET", f"/v1/build/{build}?wait=60")["build"]
        if ended["status"] == "BUILDING":
            sys.exit(f"run-schemathesis: build {build} does not end: {ended}")
    return master, slave, {"CLUSTERRUNNER_SLAVE": str(welcome["slave_id"]), "CLUSTERRUNNER_TOKEN": welcome["token"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clusterrunner")
    parser.add_argument("schemathesis")
    parser.add_argument("--max-examples", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.schemathesis = str(pathlib.Path(options.schemathesis).resolve())
    with tempfile.TemporaryDirectory() as scratch, Cluster(options.clusterrunner, scratch) as cluster:
        master, slave, environment = prepare(cluster, scratch)
        runs = [
            (slave, select("--exclude-operation-id", KILL)),
            (master, select("--exclude-operation-id", ENDLESS + LAST)),
            (master, select("--include-operation-id", LAST)),
        ]
        passed = [run(options, service, environment, selection) for service, selection in runs]
        # A signed request would end the slave at once.
        other = cluster.slave("other", master.port)
        unsigned = {**environment, "CLUSTERRUNNER_UNSIGNED": "1"}
        passed.append(run(options, other, unsigned, select("--include-operation-id", KILL)))
        if master.process.poll() is not None:
            sys.exit(f"run-schemathesis: the master ended:\n{master.log.read_text()[-4000:]}")
        errors = [line for line in master.log.read_text().splitlines() if " ERROR " in line]
        for line in errors:
            print(f"run-schemathesis: the master logged: {line}")
    sys.exit(not all(passed) or bool(errors))


if __name__ == "__main__":
    main()
