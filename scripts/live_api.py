"""A cluster of the real program for scripts, and requests with every kind of authentication."""
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import secrets
import subprocess
import time

SECRET = "the secret of a script"
DIGEST = "ClusterRunner-Message-Authentication-Digest"
SIGNATURE = "ClusterRunner-Signature"


class Signer:
    """The keys of a secret, one for each purpose (HKDF, RFC 5869)."""

    def __init__(self, secret=SECRET):
        self.secret = secret.encode()
        self.root = self.mac(b"clusterrunner", self.secret)

    @staticmethod
    def mac(key, message):
        return hmac.new(key, message, hashlib.sha512).digest()

    def key(self, purpose):
        return self.mac(self.root, f"clusterrunner {purpose}\x01".encode())

    def digest(self, body):
        """Returns the headers of a request that needs the digest of its body only."""
        return {DIGEST: self.mac(self.secret, body).hex()}

    def signature(self, method, path, body, run):
        """Returns the headers of a signed request to a run of a service; the path has the query."""
        digest = self.mac(self.key("signed body"), body).hex()
        seconds, nonce = str(int(time.time())), secrets.token_hex(16)
        text = "\n".join([method, path, run, seconds, nonce, digest])
        mac = self.mac(self.key("signature"), text.encode()).hex()
        return {DIGEST: digest, SIGNATURE: f"t={seconds},n={nonce},r={run},s={mac}"}


class Service:
    """A running master or slave."""

    def __init__(self, program, scratch, name, arguments, settings=()):
        self.name = name
        config = pathlib.Path(scratch, f"{name}.conf")
        config.touch(mode=0o600)
        lines = [
            "[general]", f"secret = {SECRET}", f"base_directory = {scratch}/{name}", "hostname = 127.0.0.1",
            "bind = 127.0.0.1", *settings,
        ]
        config.write_text("\n".join(lines) + "\n")
        self.log = pathlib.Path(scratch, f"{name}.log")
        self.process = subprocess.Popen(
            [program, *arguments, "--port", "0", "--config-file", str(config), "--verbose"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(scratch), "LC_ALL": "C.UTF-8"},
        )
        self.output = []
        self.port = int(self.line(r"listen(?:s|ing) on (?:http://)?127\.0\.0\.1:(\d+)"))
        self.session = self.send("GET", "/v1/version")[1]["Session-Id"]

    def line(self, pattern):
        """Reads the output up to a line that matches, and returns the first group."""
        for line in self.process.stdout:
            self.output.append(line)
            found = re.search(pattern, line)
            if found:
                return found[1] if found.groups() else line
        raise SystemExit(f"{self.name} ended without printing {pattern}:\n{''.join(self.output)}")

    def send(self, method, path, body=b"", headers=None):
        """Sends a request; returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def json(self, method, path, fields=None, signed=False):
        """Sends an authenticated request that must succeed; returns the JSON of the answer."""
        body = b"" if fields is None else json.dumps(fields).encode()
        headers = {}
        if fields is not None:
            headers = Signer().signature(method, path, body, self.session) if signed else Signer().digest(body)
        status, _, answer = self.send(method, path, body, headers)
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)

    def drain(self):
        """Lets the service write on, whose output nobody reads any longer."""
        subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=self.log.open("w"))

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Cluster:
    """Services below one directory, which end in reverse order."""

    def __init__(self, program, scratch):
        self.program, self.scratch = str(pathlib.Path(program).resolve()), scratch
        self.services = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for service in reversed(self.services):
            service.end()

    def start(self, name, arguments, settings=()):
        service = Service(self.program, self.scratch, name, arguments, settings)
        self.services.append(service)
        return service

    def master(self, name="master", settings=()):
        service = self.start(name, ["master"], settings)
        service.drain()
        return service

    def slave(self, name, master_port, executors=1, waits=True):
        address = ["--master-url", f"127.0.0.1:{master_port}", "--num-executors", str(executors)]
        service = self.start(name, ["slave", "--name", "build-07", *address])
        if waits:
            service.line("Connected to the master")
        service.drain()
        return service
