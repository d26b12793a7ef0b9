#!/usr/bin/env python3
"""usage: scripts/check-monitoring.py CLUSTERRUNNER

Runs a master whose reads need a token, two slaves and Prometheus with the rules of examples/monitoring, and kills one of
the slaves at work. Fails unless the metrics are valid, each series that a rule or a panel names is there, each
expression of the dashboard has a value, and the alert for the lost slave fires.
"""
import contextlib
import json
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from live_api import Cluster

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "examples" / "monitoring"
JOBS = """
Passes: {commands: ["true"], atomizers: [{A: "seq 4"}]}
Fails: {commands: ["exit 3"], atomizers: [{A: "seq 2"}]}
Nothing: {commands: ["true"], atomizers: [{A: "true"}]}
Runs: {commands: ["sleep 600"], atomizers: [{A: "seq 2"}]}
"""
# A series in an expression: a name, and what it selects.
SELECTOR = re.compile(r"\b((?:clusterrunner|process)_\w+|up)\b(\{[^}]*\})?")
PATIENCE = 120


def fail(sentence):
    sys.exit(f"check-monitoring: {sentence}")


def wait_for(what, probe):
    """Calls a probe until it returns something, and returns that."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.2)
    fail(f"{what} did not happen within {PATIENCE} s.")


class Prometheus:
    """A running Prometheus that scrapes a master each second."""

    def __init__(self, scratch, master, token):
        self.port = free_port()
        config = yaml.safe_load((EXAMPLE / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(EXAMPLE / name) for name in config["rule_files"]]
        scrape, = config["scrape_configs"]
        scrape["static_configs"] = [{"targets": [f"127.0.0.1:{master.port}"]}]
        scrape["authorization"] = {"credentials_file": str(token)}
        file = pathlib.Path(scratch, "prometheus.yml")
        file.write_text(yaml.safe_dump(config))
        self.log = pathlib.Path(scratch, "prometheus.log")
        self.process = subprocess.Popen(
            [
                "prometheus", f"--config.file={file}", f"--storage.tsdb.path={scratch}/tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def get(self, path, **query):
        """Returns the data of an answer; nothing while Prometheus starts."""
        if self.process.poll() is not None:
            fail(f"Prometheus ended:\n{self.log.read_text()}")
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            fail(f"Prometheus refused {query or path}: {error.read().decode()}")
        except urllib.error.URLError:
            return None

    def values(self, expression):
        """Returns the present values of an expression."""
        return (self.get("query", query=expression) or {}).get("result")

    def firing(self, alert):
        alerts = (self.get("alerts") or {}).get("alerts", [])
        return [one for one in alerts if one["labels"]["alertname"] == alert and one["state"] == "firing"]


def free_port():
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def dashboard_expressions():
    """Returns the expressions of the panels, with values for the variables."""
    panels = json.loads((EXAMPLE / "dashboard.json").read_text())["panels"]
    texts = [target["expr"] for panel in panels for target in panel["targets"]]
    return [text.replace("$instance", ".*").replace("$__rate_interval", "1m") for text in texts]


def rule_expressions():
    groups = yaml.safe_load((EXAMPLE / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def selectors(expressions):
    """Returns the series that expressions name.

    Answers with 500 are not to be expected of this master, those with 200 have the same labels.
    """
    found = {match[0] for text in expressions for match in SELECTOR.finditer(text)}
    return sorted(text.replace('status="500"', 'status="200"') for text in found)


def check_format(text):
    run = subprocess.run(["promtool", "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode != 0 or run.stdout:
        fail(f"promtool does not accept the metrics:\n{run.stdout.decode()}")


def build(master, project, job):
    fields = {"type": "directory", "project_directory": str(project), "job_name": job}
    master.json("POST", "/v1/build", fields)


def read(master, token):
    status, _, text = master.send("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    if status != 200:
        fail(f"/metrics was answered with {status}: {text.decode()}")
    return text


def value(text, series):
    for line in text.decode().splitlines():
        if line.startswith(f"{series} "):
            return float(line.rsplit(" ", 1)[1])
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch, Cluster(sys.argv[1], scratch) as cluster:
        token, project = pathlib.Path(scratch, "metrics.token"), pathlib.Path(scratch, "project")
        token.touch(mode=0o600)
        word = secrets.token_hex(32)
        token.write_text(word + "\n")
        project.mkdir()
        (project / "clusterrunner.yaml").write_text(JOBS)
        settings = [
            "authenticate_reads = True", f"metrics_token_file = {token}", "unresponsive_slaves_cleanup_interval = 2",
        ]
        master = cluster.master(settings=settings)
        with Prometheus(scratch, master, token) as prometheus:
            watch(cluster, master, prometheus, project, word)


def watch(cluster, master, prometheus, project, word):
    cluster.slave("kept", master.port)
    lost = cluster.slave("lost", master.port)
    for job in ["Passes", "Fails", "Nothing"]:
        build(master, project, job)
    ended = 'clusterrunner_builds_ended_total{result="%s"}'
    for result in ["passed", "failed", "error"]:
        wait_for(f"A build that ends as {result}", lambda: value(read(master, word), ended % result) == 1)
    build(master, project, "Runs")
    wait_for("Work on both slaves", lambda: value(read(master, word), "clusterrunner_executors_in_use") == 2)
    if master.send("GET", "/metrics")[0] != 401:
        fail("the metrics were read without the token, although reads must be authenticated.")
    check_format(read(master, word))
    if prometheus.firing("ClusterRunnerSlaveLost"):
        fail("the alert for a lost slave fires although none was lost.")
    wait_for("The first scrape", lambda: prometheus.values('clusterrunner_executors_in_use == 2'))
    lost.process.kill()
    wait_for("The alert for the lost slave", lambda: prometheus.firing("ClusterRunnerSlaveLost"))
    check_format(read(master, word))
    if value(read(master, word), "clusterrunner_leases_lost_total") != 1:
        fail("the lease of the lost slave was not counted.")
    dashboard, rules = dashboard_expressions(), rule_expressions()
    series = selectors(dashboard + rules)
    for text in series:
        wait_for(f"A series for {text}", lambda: prometheus.values(text))
    for text in dashboard:
        wait_for(f"A value of {text}", lambda: prometheus.values(text))
    print(
        f"check-monitoring: {len(series)} series of {len(rules)} alerts and {len(dashboard)} expressions of the dashboard "
        "are there, and the alert for the lost slave fired."
    )


if __name__ == "__main__":
    main()
