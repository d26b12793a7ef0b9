#!/usr/bin/env python3
"""usage: services.py PORT FOLDER RECORD

Play the parts of GitHub and GitLab that this example needs, by their documented APIs, on a port of 127.0.0.1.

The bare repositories below FOLDER are served to git. Each status that was set is a line of JSON in the file RECORD.
The tokens are `github-token` and `gitlab-token`. Every first status of a commit is answered with 503, as by a service
that is busy for a moment.
"""
import http.server
import json
import pathlib
import re
import sys
import urllib.parse

GITHUB = re.compile(r"/api/v3/repos/([^/]+/[^/]+)/statuses/([0-9a-f]{40})")
GITLAB = re.compile(r"/api/v4/projects/([^/]+)/statuses/([0-9a-f]{40})")
GITHUB_STATES = {"error", "failure", "pending", "success"}
GITLAB_STATES = {"pending", "running", "success", "failed", "canceled", "skipped"}


class Service(http.server.SimpleHTTPRequestHandler):
    record = None
    seen = set()
    current = {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        code, answer = self.decide(body)
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def decide(self, body):
        for name, pattern, answer in (("github", GITHUB, self.github), ("gitlab", GITLAB, self.gitlab)):
            match = pattern.fullmatch(self.path)
            if not match:
                continue
            repository, sha = urllib.parse.unquote(match[1]), match[2]
            code, value = answer(repository, sha, body)
            if code == 201 and (name, sha) not in self.seen:
                self.seen.add((name, sha))
                return 503, {"message": "try again"}
            if code == 201:
                self.keep({"service": name, "repository": repository, "sha": sha, **body})
            return code, value
        return 404, {"message": "Not Found"}

    def github(self, repository, sha, body):
        if self.headers.get("Authorization") != "Bearer github-token":
            return 401, {"message": "Bad credentials"}
        if self.headers.get("Accept") != "application/vnd.github+json":
            return 415, {"message": "Unsupported 'Accept' header"}
        if not self.is_known(repository):
            return 404, {"message": "Not Found"}
        if body.get("state") not in GITHUB_STATES:
            return 422, {"message": "Validation Failed", "errors": [{"field": "state", "code": "custom"}]}
        if len(body.get("description") or "") > 140:
            return 422, {"message": "description is too long (maximum is 140 characters)"}
        if not body.get("target_url", "http://").startswith(("http://", "https://")):
            return 422, {"message": "Target url must use http(s) scheme"}
        return 201, {"state": body["state"], "context": body.get("context", "default")}

    def gitlab(self, repository, sha, body):
        if self.headers.get("PRIVATE-TOKEN") != "gitlab-token":
            return 401, {"message": "401 Unauthorized"}
        if not self.is_known(repository):
            return 404, {"message": "404 Project Not Found"}
        if body.get("state") not in GITLAB_STATES:
            return 400, {"error": "state does not have a valid value"}
        key = (repository, sha, body.get("name", "default"))
        if ("gitlab", sha) in self.seen:
            if self.current.get(key) == body["state"]:
                return 400, {"message": f"Cannot transition status via :enqueue from :{body['state']}"}
            self.current[key] = body["state"]
        return 201, {"status": body["state"], "name": key[2]}

    def is_known(self, repository):
        return (pathlib.Path(self.directory) / f"{repository}.git").is_dir()

    def keep(self, status):
        with self.record.open("a") as file:
            file.write(json.dumps(status) + "\n")

    def log_message(self, *_):
        pass


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    Service.record = pathlib.Path(sys.argv[3])
    folder = sys.argv[2]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", int(sys.argv[1])), lambda *arguments: Service(*arguments, directory=folder)
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
