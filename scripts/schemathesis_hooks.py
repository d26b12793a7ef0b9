"""Hooks of Schemathesis: authentication, and numbers of things that exist.

CLUSTERRUNNER_SESSION is the run of the service under test, CLUSTERRUNNER_SLAVE the number of a slave, and
CLUSTERRUNNER_TOKEN its token. With CLUSTERRUNNER_UNSIGNED no request is authenticated.
"""
import os

import schemathesis
from requests.auth import AuthBase

from live_api import Signer

SLAVE, TOKEN = int(os.environ["CLUSTERRUNNER_SLAVE"]), os.environ["CLUSTERRUNNER_TOKEN"]


class Authentication(AuthBase):
    """Adds the proof that an access needs to a finished request."""

    def __init__(self, access):
        self.access = access

    def __call__(self, request):
        if "CLUSTERRUNNER_UNSIGNED" in os.environ:
            return request
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        if self.access == "documented":
            request.headers.update(Signer().digest(body))
        elif self.access in ("legacy", "change", "component"):
            run = os.environ["CLUSTERRUNNER_SESSION"]
            request.headers.update(Signer().signature(request.method, request.path_url, body, run))
        if self.access == "component":
            request.headers["ClusterRunner-Slave-Token"] = TOKEN
        return request


@schemathesis.serializer("application/x-tar")
def tar(context, value):
    """Sends whatever was generated as it is; none of it is an archive."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    access = case.operation.definition.raw["x-access"]
    kwargs["auth"] = Authentication(access)
    kwargs["allow_redirects"] = False


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Lets two of three numbers be those of something that exists; streams of builds that run would not end."""
    ranges = {"build_id": (1, 3), "subjob_id": (0, 2), "atom_id": (0, 1), "slave_id": (SLAVE, 1), "executor_id": (0, 2)}
    for name, value in (path_parameters or {}).items():
        if not isinstance(value, int) or isinstance(value, bool) or name not in ranges:
            continue
        first, count = ranges[name]
        path_parameters[name] = first + value % count if value % 3 else value + 1_000_000
    return path_parameters
