#!/usr/bin/env python3
"""A package index with one package, for the example without the network.

usage: index.py FOLDER PORT

The folder has the source distribution demo-1.0.tar.gz.
"""
import functools
import hashlib
import http.server
import json
import pathlib
import sys

FILE = "demo-1.0.tar.gz"


class Index(http.server.SimpleHTTPRequestHandler):
    """Answers like https://pypi.org/pypi/demo/json, and serves the file."""

    def do_GET(self):
        if self.path not in ("/pypi/demo/json", "/pypi/demo/1.0/json"):
            return super().do_GET()
        digest = hashlib.sha256(pathlib.Path(self.directory, FILE).read_bytes()).hexdigest()
        url = f"http://127.0.0.1:{self.server.server_port}/{FILE}"
        file = {"packagetype": "sdist", "filename": FILE, "url": url, "digests": {"sha256": digest}}
        body = json.dumps({"info": {"version": "1.0"}, "urls": [file]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    """Serves until the process is ended."""
    handler = functools.partial(Index, directory=sys.argv[1])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()


if __name__ == "__main__":
    main()
