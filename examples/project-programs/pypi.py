#!/usr/bin/env python3
"""The project type "pypi": the source distribution of a package of the Python Package Index.

The master downloads the file and checks its digest; slaves get it from the master. Nothing but Python is needed.
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request

DESCRIPTION = {
    "protocol": 1,
    "name": "pypi",
    "summary": "The source distribution of a Python package.",
    "parameters": [
        {"name": "package", "help": "The name of the package.", "required": True},
        {"name": "release", "help": "The version, instead of the newest one."},
        {"name": "index", "help": "The package index.", "default": "https://pypi.org"},
    ],
    "operations": ["validate", "project_id", "export", "pinned", "teardown"],
}


class Refusal(Exception):
    """An error whose text is for people."""


def send(**message):
    """Sends one message to ClusterRunner."""
    print(json.dumps(message), flush=True)


def log(text):
    """Shows a line with the set-up of the build."""
    print(text, file=sys.stderr, flush=True)


def canonical(package):
    """Returns the normalized name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower()


def validate(parameters):
    """Refuses what cannot be the name of a package, before anything is fetched."""
    package = parameters["package"]
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", package):
        raise Refusal(f'"{package}" is no name of a Python package.')
    if urllib.parse.urlsplit(parameters["index"]).scheme not in ("http", "https"):
        raise Refusal(f'The index "{parameters["index"]}" is no http or https URL.')


def read_index(parameters):
    """Returns the version and the file that the index names."""
    path = "/".join(["pypi", canonical(parameters["package"]), *filter(None, [parameters.get("release")]), "json"])
    url = f"{parameters['index'].rstrip('/')}/{path}"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            release = json.load(answer)
    except (urllib.error.URLError, ValueError) as error:
        raise Refusal(f"The index does not answer for {url}: {error}.") from error
    for file in release["urls"]:
        if file["packagetype"] == "sdist" and file["filename"].endswith(".tar.gz"):
            return release["info"]["version"], file
    raise Refusal(f"{parameters['package']} {release['info']['version']} has no source distribution (.tar.gz).")


def archive_path(request):
    """Returns the place of the archive on the master, until the teardown of the build."""
    return pathlib.Path(request["workspace"]).with_suffix(".sdist")


def download(request):
    """Downloads the archive on the master; returns its bytes and the version."""
    version, file = read_index(request["parameters"])
    log(f"Downloading {file['url']}")
    with urllib.request.urlopen(file["url"], timeout=60) as answer:
        content = answer.read()
    digest = hashlib.sha256(content).hexdigest()
    if digest != file["digests"]["sha256"]:
        raise Refusal(f"{file['filename']} has the digest {digest}, the index says {file['digests']['sha256']}.")
    return content, version


def ask_master():
    """Returns the bytes of the archive on a slave."""
    send(ask=base64.b64encode(b"archive").decode())
    content = b""
    for line in sys.stdin:
        message = json.loads(line)
        if "data" in message:
            content += base64.b64decode(message["data"])
        elif "error" in message:
            raise Refusal(message["error"])
        else:
            return content
    raise Refusal("The master's answer ended early.")


def fetch(request):
    """Unpacks the archive into the workspace."""
    parameters = dict(request["parameters"])
    if request["role"] == "master":
        content, parameters["release"] = download(request)
        archive_path(request).write_bytes(content)
    else:
        content = ask_master()
    packed = pathlib.Path(request["workspace"], ".archive")
    packed.write_bytes(content)
    with tarfile.open(packed) as archive:
        # Older versions of Python 3.11 have no filters.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(request["workspace"], **safely)
    packed.unlink()
    folder = next(path for path in pathlib.Path(request["workspace"]).iterdir() if path.is_dir())
    return {"directory": str(folder), "slave_parameters": parameters}


def export(request):
    """Sends the archive to a slave."""
    content = archive_path(request).read_bytes()
    for start in range(0, len(content), 1 << 16):
        send(data=base64.b64encode(content[start : start + (1 << 16)]).decode())
    return {}


def answer(request):
    """Performs the operation of a request and returns its result."""
    parameters = request.get("parameters", {})
    match request["operation"]:
        case "describe":
            return DESCRIPTION
        case "validate":
            validate(parameters)
            return {}
        case "project_id":
            return {"project_id": f"{parameters['index']} {canonical(parameters['package'])}"}
        case "fetch":
            return fetch(request)
        case "export":
            return export(request)
        case "pinned":
            return {"parameters": {**parameters, "release": request["fetched"]["release"]}}
        case "teardown":
            archive_path(request).unlink(missing_ok=True)
            return {}
        case operation:
            raise Refusal(f'The operation "{operation}" is unknown.')


def main():
    """Answers the one request of this process."""
    try:
        send(result=answer(json.loads(sys.stdin.readline())))
    except (Refusal, OSError, tarfile.TarError) as error:
        send(error=str(error))


if __name__ == "__main__":
    main()
