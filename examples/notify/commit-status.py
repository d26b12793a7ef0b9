#!/usr/bin/env python3
"""Set the status of a build's commit at GitHub or GitLab.

As the command of a master, it sets the result of each build. It reads the file that CLUSTERRUNNER_BUILD_FILE names:

    [notify]
    on_build_finished = /opt/commit-status.py github --token-file /etc/clusterrunner/github.token

As a receiver of a master's notifications, it also shows that a build waits or runs:

    commit-status.py gitlab --token-file gitlab.token --listen 8090 --secret-file notify.secret

    [notify]
    url = http://127.0.0.1:8090/

The repository is read from the URL of the build's project. The API is that of its host: api.github.com for github.com,
/api/v3 elsewhere (GitHub Enterprise); /api/v4 for GitLab.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ATTEMPTS = 5
# The longest notification that the receiver reads.
BODY_LIMIT = 64 << 20


class Fault(Exception):
    """An error whose text is for people."""


class GitHub:
    """POST /repos/OWNER/REPO/statuses/SHA"""

    STATES = {"QUEUED": "pending", "PREPARING": "pending", "PREPARED": "pending", "BUILDING": "pending"}
    ENDS = {"success": "success", "failure": "failure", "error": "error", "canceled": "error"}

    def api(self, origin):
        return "https://api.github.com" if origin == "https://github.com" else f"{origin}/api/v3"

    def request(self, api, token, repository, sha, status):
        path = f"/repos/{urllib.parse.quote(repository)}/statuses/{sha}"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        headers["X-GitHub-Api-Version"] = "2022-11-28"
        body = {
            "state": status["state"],
            "target_url": status["url"],
            # The API refuses longer ones.
            "description": status["text"][:140],
            "context": status["name"],
        }
        return urllib.request.Request(api + path, json.dumps(body).encode(), headers, method="POST")

    def is_done(self, code, answer):
        return code == 201


class GitLab:
    """POST /api/v4/projects/ID/statuses/SHA"""

    STATES = {"QUEUED": "pending", "PREPARING": "pending", "PREPARED": "pending", "BUILDING": "running"}
    ENDS = {"success": "success", "failure": "failed", "error": "failed", "canceled": "canceled"}

    def api(self, origin):
        return f"{origin}/api/v4"

    def request(self, api, token, repository, sha, status):
        path = f"/projects/{urllib.parse.quote(repository, safe='')}/statuses/{sha}"
        body = {
            "state": status["state"],
            "target_url": status["url"],
            "description": status["text"][:255],
            "name": status["name"],
        }
        headers = {"PRIVATE-TOKEN": token}
        return urllib.request.Request(api + path, json.dumps(body).encode(), headers, method="POST")

    def is_done(self, code, answer):
        # A status that is set twice is refused: "Cannot transition status via :run from :running".
        return code == 201 or code == 400 and "Cannot transition status" in answer


SERVICES = {"github": GitHub(), "gitlab": GitLab()}


def split_url(url):
    """Returns origin of the web server and path of the repository in the URL of a git remote."""
    scp = re.fullmatch(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)", url)
    if scp:
        origin, path = f"https://{scp[1]}", scp[2]
    else:
        parts = urllib.parse.urlsplit(url)
        if not parts.hostname:
            raise Fault(f"The project's URL {url} names no host, so name --repository and --api.")
        port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
        scheme = "http" if parts.scheme == "http" else "https"
        origin, path = f"{scheme}://{parts.hostname}{port}", parts.path
    return origin, path.strip("/").removesuffix(".git")


def status_of(message, service):
    """Returns the status that a notification asks for."""
    build, facts = message["build"], message["notification"]
    state = facts["state"]
    if state in service.STATES:
        word = service.STATES[state]
    elif state == "FINISHED":
        word = service.ENDS["success" if build["result"] == "NO_FAILURES" else "failure"]
    else:
        word = service.ENDS["error" if state == "ERROR" else "canceled"]
    name = f"clusterrunner/{build['job_name']}" if build["job_name"] else "clusterrunner"
    return {"state": word, "url": facts["build_url"], "text": text_of(build, state), "name": name}


def text_of(build, state):
    """Returns one line for people about a build."""
    atoms, failed = build["progress"]["atoms"], build["progress"]["failed"]
    if state == "ERROR" and build["error_message"]:
        return build["error_message"].splitlines()[0]
    if state != "FINISHED":
        return f"The build is {state.lower()}."
    return f"{failed} of {atoms} atoms failed." if failed else f"All of {atoms} atoms passed."


def commit_of(message):
    """Returns URL and commit of a build's project; the commit is None before it was fetched."""
    project = message["notification"]["project"] or message["build"]["request_params"]
    sha = project.get("hash")
    return project.get("url"), sha if sha and re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", sha) else None


def post(request, service):
    """Sends a request; returns whether a retry may help, and the fault, or None."""
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            code, text = answer.status, answer.read(4096).decode(errors="replace")
    except urllib.error.HTTPError as error:
        code, text = error.code, error.read(4096).decode(errors="replace")
    except OSError as error:
        return True, f"{request.full_url} cannot be reached: {error}"
    if service.is_done(code, text):
        return False, None
    return code == 429 or code >= 500, f"{request.full_url} answered {code}: {text.strip()}"


def make_request(message, options):
    """Returns the request for a notification; None when the build has no commit yet."""
    service = SERVICES[options.service]
    url, sha = commit_of(message)
    if not sha:
        return None
    origin, repository = ("", "") if options.api and options.repository else split_url(url or "")
    api = (options.api or service.api(origin)).rstrip("/")
    return service.request(api, options.token, options.repository or repository, sha, status_of(message, service))


def run_once(options):
    """Sets the status of the build in CLUSTERRUNNER_BUILD_FILE."""
    path = os.environ.get("CLUSTERRUNNER_BUILD_FILE")
    if not path:
        raise Fault("CLUSTERRUNNER_BUILD_FILE is not set: run this as on_build_finished, or with --listen.")
    message = json.loads(pathlib.Path(path).read_text())
    request = make_request(message, options)
    if request is None:
        print(f"Build {message['build']['id']} has no commit, so there is no status to set.")
        return
    for attempt in range(ATTEMPTS):
        may_pass, fault = post(request, SERVICES[options.service])
        if not fault:
            return print(f"Set the status at {request.full_url}")
        if not may_pass or attempt == ATTEMPTS - 1:
            raise Fault(fault)
        time.sleep(2**attempt)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Sets statuses for notifications. A refused or failed one is sent again by the master."""

    options = None

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            return self.send_error(413)
        body = self.rfile.read(length)
        right = hmac.new(self.options.secret, body, hashlib.sha512).hexdigest()
        digest = self.headers.get("ClusterRunner-Message-Authentication-Digest", "")
        if not hmac.compare_digest(right, digest):
            return self.send_error(401)
        request = make_request(json.loads(body), self.options)
        may_pass, fault = post(request, SERVICES[self.options.service]) if request else (False, None)
        if fault:
            print(fault, file=sys.stderr, flush=True)
        # What cannot pass would be refused again, so the master need not try.
        self.send_response(503 if may_pass else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--token-file", required=True, help="a file with the token, for the service's user only")
    parser.add_argument("--api", help="the URL of the API, instead of the one at the project's host")
    parser.add_argument("--repository", help="OWNER/REPO, instead of the path in the project's URL")
    parser.add_argument("--listen", type=int, metavar="PORT", help="receive notifications on this port of 127.0.0.1")
    parser.add_argument("--secret-file", help="a file with the secret of [notify], for --listen")
    options = parser.parse_args()
    if options.listen is not None and not options.secret_file:
        parser.error("--listen needs --secret-file")
    options.token = pathlib.Path(options.token_file).read_text().strip()
    options.secret = pathlib.Path(options.secret_file).read_text().strip().encode() if options.secret_file else b""
    return options


def main():
    try:
        options = parse_arguments()
        if options.listen is None:
            return run_once(options)
        Receiver.options = options
        # One request at a time: statuses of a commit are set in the order in which the master sends them.
        http.server.HTTPServer(("127.0.0.1", options.listen), Receiver).serve_forever()
    except (Fault, OSError, ValueError, KeyError) as error:
        sys.exit(f"commit-status: {error if isinstance(error, Fault) else repr(error)}")


if __name__ == "__main__":
    main()
