#!/usr/bin/env python3
"""Record the examples of the OpenAPI documents from the real program.

usage: scripts/record-api-examples.py CLUSTERRUNNER

Sends the requests that docs/reference/openapi names as examples to live masters and slaves, and writes the answers to
docs/reference/openapi/examples.json. Times, ports, folders and runs are replaced, so that the same program writes the
same file.
"""
import http.client
import json
import os
import pathlib
import re
import sys
import tempfile
import urllib.parse

import yaml

from live_api import DIGEST, Cluster, Signer

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "docs/reference/openapi"
# One atom of Red passes with its second run. Slow ends when the scratch folder has a file "over".
JOBS = r"""
Green:
  setup_build: [echo the compiler is there]
  commands: ['echo "The result of $TEST." | tee "$ARTIFACT_DIR/result.txt"']
  atomizers: [{TEST: "printf '%s\\n' login search"}]
Red:
  retries: 1
  junit: "*.xml"
  commands:
  - 'report() { echo "<testsuite><testcase classname=\"$TEST.Money\" name=\"$1\" time=\"0.1\">$2</testcase></testsuite>"; }'
  - 'echo "Testing $TEST."'
  - |
    if [ $TEST = billing ]; then
        sleep 0.2
        report rounds "<failure type='AssertionError' message='1.1 is not 1.10'>Money.test, line 12</failure>" \
            > "$ARTIFACT_DIR/report.xml"
        exit 1
    fi
    if mkdir "$OVER/ran" 2> /dev/null; then exit 1; fi
    report adds > "$ARTIFACT_DIR/report.xml"
  atomizers: [{TEST: "printf '%s\\n' billing flaky"}]
NoAtoms:
  commands: ["true"]
  atomizers: [{TEST: "echo no tests here >&2; exit 3"}]
Slow:
  commands: ['until [ -e "$OVER/over" ]; do sleep 0.1; done']
  atomizers: [{TEST: "echo checkout"}]
"""
TIMES = re.compile(r'("(?:[a-z_]*_at|start|end|now|__timestamp__|queued|preparing|prepared|building|finished|error|'
                   r'canceled)": ?)(\d{9,}(?:\.\d+)?)')
SECONDS = re.compile(
    r'("(?:seconds|actual_time|expected_time|mean_time|newest_time|duration|expected_seconds_left)": ?)'
    r"(?!0[,}])\d+(?:\.\d+)?"
)
# What a sentence says about the moment.
MOMENTS = {
    r"running \d+ s": "running 4 s",
    r"Only \d+ MiB": "Only 312 MiB",
    r"newest event is \d+": "newest event is 87",
}


def operations(service):
    """Yields each operation with its method and path."""
    for file in sorted((SOURCES / service).glob("*.yaml")):
        for path, item in yaml.safe_load(file.read_text()).get("paths", {}).items():
            for method, operation in item.items():
                yield method.upper(), path, operation


class Recorder:
    """Scratch clusters in the states that the examples show."""

    def __init__(self, cluster, scratch):
        self.cluster, self.scratch = cluster, scratch
        self.project = pathlib.Path(scratch, "project")
        self.project.mkdir()
        (self.project / "clusterrunner.yaml").write_text(JOBS.replace("$OVER", scratch))
        self.master = cluster.master()
        self.places = {"closed": cluster.master("closed", ["[master]", "authenticate_reads = True"])}
        self.places["full"] = cluster.master("full", ["[master]", "min_free_disk_mb = 1000000000"])
        self.places["lonely"] = cluster.slave("lonely", 1, waits=False)
        self.slave = cluster.slave("slave", self.master.port)
        # Answers from before there were many builds and events, by path.
        self.early = {"/v1/eventlog": self.master.send("GET", "/v1/eventlog")}

    def prepare(self):
        for job in ["Green", "Red", "NoAtoms", "Slow", "Slow"]:
            if job == "Red":
                self.early["/v1/build"] = self.master.send("GET", "/v1/build")
            fields = {"type": "directory", "project_directory": str(self.project), "job_name": job}
            build = self.master.json("POST", "/v1/build", fields)["build_id"]
            if job == "Slow":
                # The only executor is busy with the first one, so the second waits.
                self.wait_for_event("MASTER_TRIGGERED_SUBJOB" if build == 4 else "BUILD_PREPARE_FINISH", build)
                continue
            ended = self.master.json("GET", f"/v1/build/{build}?wait=60")["build"]
            if ended["state"] != ("ERROR" if job == "NoAtoms" else "FINISHED"):
                sys.exit(f"record-api-examples: the job {job} ended otherwise than it should: {ended}")

    def wait_for_event(self, tag, build):
        """Reads the stream of events up to one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.master.port, timeout=60)
        connection.request("GET", f"/v1/events?tags={tag}&build={build}")
        answer = connection.getresponse()
        while f"event: {tag}" not in answer.readline().decode():
            pass
        connection.close()

    def perform(self, service, method, operation, example):
        target = self.slave if service == "slave" else self.master
        target = self.places.get(example.get("at"), target)
        path = example["request"].replace("{project:quoted}", urllib.parse.quote(str(self.project), safe=""))
        body = self.body(example.get("body"))
        headers = self.authentication(method, path, body, target, example.get("auth", operation["access"]))
        if body:
            headers["Content-Type"] = "application/json"
        headers.update(example.get("headers", {}))
        if example.get("at") == "the beginning":
            status, _, answer = self.early[path]
        else:
            status, _, answer = target.send(method, path, body, headers)
        if status != example.get("status", 200):
            sys.exit(f"record-api-examples: {method} {path} was answered with {status}: {answer.decode()}")
        return {"request": self.request(method, path, body), "answer": self.normal(answer.decode())}

    def body(self, body):
        if body is None:
            return b""
        if isinstance(body, dict):
            body = json.dumps(body)
        return body.replace("{project}", str(self.project)).encode()

    @staticmethod
    def authentication(method, path, body, target, kind):
        if kind in ("open", "read", "metrics", "none"):
            return {}
        if kind in ("documented", "digest"):
            return Signer().digest(body)
        if kind == "wrong":
            return {DIGEST: Signer("another secret").digest(body)[DIGEST]}
        return Signer().signature(method, path, body, "unknown" if kind == "other run" else target.session)

    def request(self, method, path, body):
        text = body.decode() if len(body) < 1000 else f"{len(body)} bytes"
        return self.plain(f"{method} {path} {text}".strip())

    def plain(self, text):
        """Replaces folders, ports and runs."""
        for folder in (self.scratch, os.path.realpath(self.scratch)):
            text = text.replace(urllib.parse.quote(folder, safe=""), "%2Fhome%2Fci").replace(folder, "/home/ci")
        for service in self.cluster.services:
            text = text.replace(service.session, "2421954e-d064-4da1-ab2d-27490c451381")
            port = "43000" if service.name in ("master", "closed", "full") else "43001"
            text = text.replace(f"127.0.0.1:{service.port}", f"127.0.0.1:{port}")
        return text

    def normal(self, text):
        """Returns JSON, or text, without what differs from run to run."""
        text = self.plain(text)
        for pattern, replacement in MOMENTS.items():
            text = re.sub(pattern, replacement, text)
        try:
            text = json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            pass
        order = sorted({float(found[2]) for found in TIMES.finditer(text)})
        places = {value: 1795455219.5 + index / 4 for index, value in enumerate(order)}
        text = TIMES.sub(lambda found: f"{found[1]}{places[float(found[2])]}", text)
        text = SECONDS.sub(r"\g<1>0.25", text)
        try:
            return json.loads(text)
        except ValueError:
            return text


def turn(item):
    """The order of requests: reads before changes, and what ends a slave last."""
    service, method, _, _, example = item
    stages = ["first", "change", "later", "last"]
    usual = "last" if service == "slave" and example.get("status") == 202 else "first" if method == "GET" else "change"
    return stages.index(example.get("stage", usual))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    recorded = {"master": {}, "slave": {}}
    with tempfile.TemporaryDirectory() as scratch, Cluster(sys.argv[1], scratch) as cluster:
        recorder = Recorder(cluster, scratch)
        todo = [
            (service, method, operation, name, example)
            for service in recorded
            for method, _, operation in operations(service)
            for name, example in operation.get("examples", {}).items()
            if "request" in example
        ]
        try:
            recorder.prepare()
            for service, method, operation, name, example in sorted(todo, key=turn):
                answer = recorder.perform(service, method, operation, example)
                recorded[service].setdefault(operation["id"], {})[name] = answer
        finally:
            # Ends what still runs, for which the slave would wait.
            pathlib.Path(scratch, "over").touch()
    text = json.dumps(recorded, indent=1, ensure_ascii=False, sort_keys=True)
    (SOURCES / "examples.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
