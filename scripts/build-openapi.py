#!/usr/bin/env python3
"""Build the OpenAPI documents of master and slave from docs/reference/openapi.

usage: scripts/build-openapi.py [--check]

docs/reference/openapi/README.md explains the form of the sources. With --check nothing is written, and a document that
differs from its sources, or lacks an example, is a fault.
"""
import json
import sys

from openapi_sources import ROOT, expand, load, schemas, with_variants

TARGETS = {
    "master": ROOT / "Sources/ClusterRunnerOpenAPI/Documents/master.json",
    "slave": ROOT / "Sources/ClusterRunnerOpenAPI/Documents/slave.json",
}
PLURALS = {"build": "builds", "subjob": "subjobs", "atom": "atoms", "case": "cases", "slave": "slaves"}
SECURITY = {
    "open": [],
    "read": [{}, {"login": []}, {"digest": [], "signature": []}],
    "metrics": [{}, {"metrics_token": []}, {"login": []}, {"digest": [], "signature": []}],
    "documented": [{"digest": []}, {"digest": [], "signature": []}],
    "legacy": [{"digest": [], "signature": []}],
    "change": [{"digest": [], "signature": []}],
    "component": [{"digest": [], "signature": [], "slave_token": []}],
}


class Document:
    """The document that grows while operations are added."""

    def __init__(self, sources):
        self.sources = sources
        self.faults = []
        self.responses, self.bodies, self.paths = {}, {}, {}
        self.varying = [name for name, schema in sources["schemas"].items() if "versions" in schema]
        self.internal = {tag["name"] for tag in sources["tags"] if tag.get("internal")}
        for status, failure in sources["failures"].items():
            self.responses[failure["name"]] = self.failure(failure, {"example": failure["example"]})

    def failure(self, failure, examples, description=None):
        values = {
            name: value if isinstance(value, dict) else {"value": {"STATUS": "FAILURE", "error": value}}
            for name, value in examples.items()
        }
        media = {"schema": {"$ref": "#/components/schemas/Failure"}, **({"examples": values} if values else {})}
        return {
            "description": description or failure["description"],
            "headers": self.headers(failure.get("headers", [])),
            "content": {"application/json": media},
        }

    @staticmethod
    def headers(names):
        return {name: {"$ref": f"#/components/headers/{name}"} for name in ["Session-Id", "Api-Version", *names]}

    def examples(self, operation, status, version=None):
        """Returns the examples of an operation for a status: recorded ones, and those in the sources."""
        found = {}
        for name, example in operation.get("examples", {}).items():
            if example.get("status", 200) != status:
                continue
            if version is not None and example.get("version", 1) != version and status < 300:
                continue
            recorded = self.sources["examples"].get(operation["id"], {}).get(name)
            if "body" in example and "request" not in example:
                found[name] = {"value": example["body"]}
            elif recorded:
                found[name] = {"summary": recorded["request"], "value": recorded["answer"]}
            else:
                self.faults.append(f"{operation['id']} has no recorded example \"{name}\"")
        return found

    def answer(self, method, operation, status, answer):
        """Returns the description of an expected answer."""
        if answer == "message":
            answer = {"description": "The answer.", "schema": {"$ref": "Message"}}
        result = {
            "description": answer["description"],
            "headers": self.headers(answer.get("headers", ["Retry-After"] if status == 503 else [])),
        }
        if "json" in answer:
            members = {"STATUS": {"const": "SUCCESS" if status < 400 else "FAILURE"}, **answer["json"]}
            if method == "get":
                members["child_routes"] = {"$ref": "ChildRoutes"}
            result["content"] = {"application/json": {"schema": expand({"properties": members})}}
        elif "schema" in answer:
            result["content"] = {"application/json": {"schema": expand(answer["schema"])}}
        elif "events" in answer:
            events = {name: expand(schema) for name, schema in answer["events"].items()}
            result["content"] = {"text/event-stream": {"x-events": events}}
        elif "media" in answer:
            result["content"] = {
                kind: {} if schema is True else {"schema": expand(schema)} for kind, schema in answer["media"].items()
            }
        return result

    @staticmethod
    def with_examples(response, examples):
        for media in response.get("content", {}).values():
            if examples:
                media["examples"] = examples

    def responses_of(self, method, path, operation, version):
        """Returns the references to the answers of an operation, which are added to the components."""
        references, name = {}, operation["id"]
        for status, answer in operation["answers"].items():
            response = self.answer(method, operation, status, answer)
            changed = with_variants(response, self.varying)
            if changed == response or operation["tag"] in self.internal:
                key = f"{name}.{status}"
                self.with_examples(response, self.examples(operation, status))
            else:
                key = f"{name}.v{version}.{status}"
                response = changed if version == 2 else response
                self.with_examples(response, self.examples(operation, status, version))
            self.responses[key] = response
            references[status] = key
        for status, failure in self.failures_of(path, operation).items():
            if status in references:
                continue
            examples = self.examples(operation, status) if version == 1 else {}
            special = operation.get("errors", {}).get(status)
            references[status] = f"{name}.{status}" if special or examples else failure["name"]
            if version == 1 and (special or examples):
                if special and not examples and operation["tag"] not in self.internal:
                    self.faults.append(f"{name} has no example of a {status}")
                self.responses[references[status]] = self.failure(failure, examples, special)
            elif f"{name}.{status}" in self.responses:
                references[status] = f"{name}.{status}"
        return {
            str(status): {"$ref": f"#/components/responses/{key}"} for status, key in sorted(references.items())
        }

    def failures_of(self, path, operation):
        known = {400, 412, 421, 500, *operation.get("errors", {})}
        if operation["access"] != "open":
            known |= {401, 503}
        if "{" in path:
            known.add(404)
        if "body" in operation:
            known.add(413)
        return {status: self.sources["failures"][status] for status in sorted(known)}

    def parameters_of(self, path, operation, version):
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        result = [{"$ref": f"#/components/parameters/{name}"} for name in names]
        for parameter in operation.get("parameters", []):
            name = parameter if isinstance(parameter, str) else parameter.get("$ref")
            result.append({"$ref": f"#/components/parameters/{name}"} if name else parameter)
        if operation.get("paged") and version == 2:
            result += [{"$ref": "#/components/parameters/offset"}, {"$ref": "#/components/parameters/limit"}]
        return result

    def body_of(self, operation):
        body = operation["body"]
        if body == "message":
            body = {"description": "The message.", "schema": {"type": "object"}}
        media = body.get("media")
        content = (
            {kind: {} for kind in media} if media else {"application/json": {"schema": expand(body["schema"])}}
        )
        examples = {
            name: {"value": json.loads(json.dumps(example["body"]).replace("{project}", "/home/ci/project"))}
            for name, example in operation.get("examples", {}).items()
            if "request" in example and isinstance(example["body"], dict) and example.get("status", 200) < 300
        }
        if examples:
            content["application/json"]["examples"] = examples
        return {"description": body["description"], "required": True, "content": content}

    def add(self, path, method, operation):
        """Adds an operation: in version 1, and in version 2 if it is part of the stable API."""
        is_internal = operation["tag"] in self.internal
        for version in [1] if is_internal else [1, 2]:
            parts = [PLURALS.get(part, part) if version == 2 else part for part in path.split("/")]
            name = operation["id"] + ("V2" if version == 2 else "")
            description = operation.get("description")
            if version == 2:
                description = f"Version 2 of `{method.upper()} /v1{path}`."
            entry = {"operationId": name, "tags": [operation["tag"]], "summary": operation["summary"]}
            if description:
                entry["description"] = description
            entry["x-access"] = operation["access"]
            if is_internal:
                entry["x-internal"] = True
            entry["security"] = SECURITY[operation["access"]]
            parameters = self.parameters_of(path, operation, version)
            if parameters:
                entry["parameters"] = parameters
            if "body" in operation:
                self.bodies[operation["id"]] = self.body_of(operation)
                entry["requestBody"] = {"$ref": f"#/components/requestBodies/{operation['id']}"}
            entry["responses"] = self.responses_of(method, path, operation, version)
            self.paths.setdefault(f"/v{version}{'/'.join(parts)}", {})[method] = entry


def build(service):
    """Returns the document of a service and its faults."""
    sources = load(service)
    document = Document(sources)
    for path, item in sources["paths"].items():
        for method, operation in item.items():
            document.add(path, method, operation)
    used = json.dumps(document.paths)
    responses = {name: value for name, value in document.responses.items() if f"/responses/{name}\"" in used}
    parameters = {
        name: {"name": name, **({"required": True} if value["in"] == "path" else {}), **value}
        for name, value in sources["parameters"].items()
    }
    tags = [
        {**{key: tag[key] for key in ("name", "description")}, **({"x-internal": True} if tag.get("internal") else {})}
        for tag in sources["tags"]
    ]
    whole = {
        "openapi": "3.1.0",
        "info": {**sources["info"], "version": "1"},
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": document.paths,
        "components": {
            "schemas": schemas(sources),
            "responses": responses,
            "requestBodies": document.bodies,
            "parameters": parameters,
            "headers": sources["headers"],
            "securitySchemes": sources["security"],
        },
    }
    return whole, document.faults


# MARK: Text

def text(value, indent=0):
    """Returns JSON in which what fits on a line stands on one, so that differences are small and readable."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 110 or not isinstance(value, (dict, list)) or not value:
        return line
    inner = " " * (indent + 1)
    if isinstance(value, list):
        parts = [inner + text(element, indent + 1) for element in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = [f"{inner}{json.dumps(key)}: {text(member, indent + 1)}" for key, member in value.items()]
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


def main():
    faults = []
    for service, target in TARGETS.items():
        document, missing = build(service)
        faults += [f"{service}: {sentence}." for sentence in missing]
        new = text(document) + "\n"
        if "--check" not in sys.argv:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(new)
        elif not target.exists() or target.read_text() != new:
            faults.append(f"{target.relative_to(ROOT)} is not what its sources say. Run scripts/build-openapi.py.")
    for sentence in faults:
        print(f"build-openapi: {sentence}", file=sys.stderr)
    if "--check" in sys.argv:
        sys.exit(bool(faults))


if __name__ == "__main__":
    main()
