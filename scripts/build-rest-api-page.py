#!/usr/bin/env python3
"""Make docs/reference/rest-api.md from the OpenAPI documents.

usage: scripts/build-rest-api-page.py [--check]

With --check nothing is written, and a page that differs from the documents is a fault.
"""
import json
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/rest-api.md"
DOCUMENTS = ROOT / "Sources/ClusterRunnerOpenAPI/Documents"
INTRODUCTION = """# REST API

<!-- Made by scripts/build-rest-api-page.py. Change docs/reference/openapi, and run `make api-docs`. -->

The routes of the [master](#routes) and of [slaves](#the-api-of-a-slave). A master serves the OpenAPI 3.1 document of
its routes at `/v1/openapi.json`, and so does a slave, for clients that are generated from it.

"""
FAILURES = (
    "Any request can have one of these answers. The routes name what else there is. Examples of answers leave out "
    "`child_routes`."
)
SECOND_VERSION = (
    "Paths that are not listed differ only in `/v2`. Lists of builds, subjobs, atoms and slaves are whole in version 1. "
    "In version 2 they are pages: `offset` (0) elements are skipped, and `limit` (20, at most 200) are returned."
)
# Access -> the word in the table of routes, and its meaning.
ACCESS = {
    "open": ("open", "Open to all."),
    "read": ("read", "Open to all; with `authenticate_reads = True` a login or a signature."),
    "metrics": (
        "read or token",
        "Open to all; with `authenticate_reads = True` the token of `metrics_token_file`, a login or a signature.",
    ),
    "documented": ("digest", "The digest of the body, or a signature; with `require_signature = True` a signature."),
    "change": ("signature", "A signature."),
    "legacy": ("signature or digest", "A signature; with `legacy_clients = True` the digest of the body is enough."),
}


def linked(text):
    """Returns Markdown in which the names of this project's documents are links."""
    def link(match):
        path = match[1].removeprefix("docs/")
        path = path.removeprefix("reference/") if path.startswith("reference/") else f"../{path}"
        return f"[{path.split('/')[-1].split('#')[0]}]({path})"
    return re.sub(r"`(docs/[a-z0-9./#-]+)`", link, text)


def cell(text):
    return linked(text).replace("|", "\\|").replace("\n", " ").strip()


def filled(text):
    """Returns a paragraph in lines of the usual width."""
    return textwrap.fill(linked(text), 120, break_long_words=False, break_on_hyphens=False)


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(cell(text) for text in row)} |" for row in rows)]) + "\n"


def compact(value, indent=0):
    """Returns JSON in which what fits on a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 112 or not isinstance(value, (dict, list)) or not value:
        return line
    inner = " " * (indent + 2)
    brackets = "{}" if isinstance(value, dict) else "[]"
    parts = (
        [f"{json.dumps(key)}: {compact(member, indent + 2)}" for key, member in value.items()]
        if isinstance(value, dict) else [compact(element, indent + 2) for element in value]
    )
    joined = ",\n".join(inner + part for part in parts)
    return f"{brackets[0]}\n{joined}\n{' ' * indent}{brackets[1]}"


class Writer:
    """The text for one document."""

    def __init__(self, service):
        self.document = json.loads((DOCUMENTS / f"{service}.json").read_text())
        self.components = self.document["components"]
        self.internal = {tag["name"] for tag in self.document["tags"] if tag.get("x-internal")}

    def resolved(self, value):
        while isinstance(value, dict) and "$ref" in value:
            kind, name = value["$ref"].split("/")[2:]
            value = self.components[kind][name]
        return value

    def operations(self, tag, version=1):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if tag in operation["tags"] and path.startswith(f"/v{version}"):
                    yield method.upper(), path, operation

    @staticmethod
    def anchor(method, path):
        return re.sub(r"[^a-z0-9 _-]", "", f"{method} {path}".lower()).replace(" ", "-")

    # MARK: Types

    def type_of(self, schema):
        """Returns the type of a value in words."""
        if "$ref" in schema:
            name = schema["$ref"].split("/")[-1]
            return f"[{name}](#{name.lower()})"
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{value}`" if value is not None else "null" for value in schema["enum"])
        if "anyOf" in schema or "oneOf" in schema:
            return " or ".join(self.type_of(choice) for choice in schema.get("anyOf", schema.get("oneOf")))
        types = schema.get("type", "any value")
        types = types if isinstance(types, list) else [types]
        words = [f"list of {self.type_of(schema['items'])}" if one == "array" else one for one in types]
        return " or ".join(words)

    def members(self, schema):
        rows = []
        for name, member in schema.get("properties", {}).items():
            if name in ("STATUS", "child_routes"):
                continue
            is_optional = name not in schema.get("required", [])
            meaning = member.get("description", "") or self.resolved(member).get("description", "")
            rows.append([f"`{name}`" + (" (optional)" if is_optional else ""), self.type_of(member), meaning])
        return rows

    # MARK: Operations

    def answers(self, operation):
        rows = []
        for status, reference in operation["responses"].items():
            name = reference["$ref"].split("/")[-1]
            if "." not in name:
                continue
            response = self.resolved(reference)
            rows.append([status, self.content(response), response["description"] + self.sample(status, response)])
        return rows

    def content(self, response):
        kinds = []
        for kind, media in response.get("content", {}).items():
            schema = self.resolved(media.get("schema", {}))
            if "x-events" in media:
                kinds.append("Server-Sent Events: " + ", ".join(
                    f"`{name}`" + (f" {self.type_of(event)}" if "$ref" in event else "")
                    for name, event in media["x-events"].items()))
            elif kind != "application/json":
                kinds.append(f"`{kind}`")
            elif "oneOf" in schema:
                kinds.append(self.type_of(schema))
            elif media.get("schema", {}).get("$ref", "").endswith("/Failure"):
                kinds.append("`error`")
            elif "$ref" in media.get("schema", {}):
                kinds.append(self.type_of(media["schema"]))
            else:
                kinds.append(", ".join(f"{name}: {kind}" for name, kind, _ in self.members(schema)))
        return "; ".join(kinds)

    @staticmethod
    def sample(status, response):
        """Returns the sentences of the examples of a failure."""
        if int(status) < 400:
            return ""
        sentences = [
            example["value"].get("error", "")
            for media in response.get("content", {}).values() for example in media.get("examples", {}).values()
        ]
        return "".join(f"<br>`{sentence}`" for sentence in sentences if sentence and "`" not in sentence)

    def example(self, operation):
        """Returns the first example of a success."""
        for status, reference in operation["responses"].items():
            if int(status) >= 300:
                continue
            for media in self.resolved(reference).get("content", {}).values():
                for example in media.get("examples", {}).values():
                    value = example["value"]
                    text = value.rstrip("\n") if isinstance(value, str) else self.shown(operation, value)
                    return f"```\n{example.get('summary', '')}\n{status}\n{text}\n```\n"
        return ""

    def parameter(self, one):
        note = " (required)" if one.get("required") and one["in"] != "path" else ""
        default = f", default {one['schema']['default']}" if "default" in one["schema"] else ""
        return [f"`{one['name']}`{note}", one["in"], self.type_of(one["schema"]) + default, one["description"]]

    @staticmethod
    def shown(operation, value):
        """Returns an answer as text; other answers than those of the root leave their child_routes out."""
        kept = {key: member for key, member in value.items() if key != "child_routes" or "master" in value}
        lines = compact(kept).splitlines()
        return "\n".join(lines if len(lines) <= 90 else [*lines[:40], "..."])

    def operation(self, method, path, operation):
        words = f"{operation['summary']}. {operation.get('description', '')}".strip()
        text = f"### {method} {path}\n\n{filled(words)}\n\n"
        parameters = [self.resolved(parameter) for parameter in operation.get("parameters", [])]
        if parameters:
            text += table(["Parameter", "In", "Type", ""], [self.parameter(one) for one in parameters]) + "\n"
        if "requestBody" in operation:
            body = self.resolved(operation["requestBody"])
            ((media, content),) = body["content"].items()
            schema = content.get("schema", {})
            kind = f": {self.type_of(schema)}" if "$ref" in schema else ""
            kind = kind if media == "application/json" else f" ({media})"
            text += f"Body{kind}. {linked(body['description'])}\n\n"
        text += table(["Status", "Content", ""], self.answers(operation)) + "\n"
        example = self.example(operation)
        return text + (f"{example}\n" if example else "")

    # MARK: Sections

    def overview(self):
        rows = []
        for tag in self.document["tags"]:
            if tag["name"] in self.internal:
                continue
            for method, path, operation in self.operations(tag["name"]):
                access = ACCESS[operation["x-access"]][0]
                rows.append([f"[{method} {path}](#{self.anchor(method, path)})", access, operation["summary"]])
        return table(["Route", "Access", ""], rows)

    def sections(self):
        text = ""
        for tag in self.document["tags"]:
            text += f"## {tag['name']}\n\n{linked(tag['description']).strip()}\n\n"
            operations = list(self.operations(tag["name"]))
            if tag["name"] in self.internal:
                rows = [[f"`{method} {path}`", one["summary"]] for method, path, one in operations]
                text += table(["Message", ""], rows) + "\n"
                continue
            text += "".join(self.operation(*operation) for operation in operations)
        return text

    def failures(self):
        rows = []
        for name, response in self.components["responses"].items():
            if "." in name:
                continue
            sentence = response["content"]["application/json"]["examples"]["example"]["value"]["error"]
            headers = [header for header in response["headers"] if header not in ("Session-Id", "Api-Version")]
            note = f" Header: `{headers[0]}`." if headers else ""
            rows.append([self.status(name), response["description"] + note, f"`{sentence}`"])
        return table(["Status", "", "Example"], rows)

    def status(self, name):
        for item in self.document["paths"].values():
            for operation in item.values():
                for status, reference in operation["responses"].items():
                    if reference["$ref"].endswith(f"/{name}"):
                        return status
        raise KeyError(name)

    def objects(self):
        text = ""
        for name, schema in self.components["schemas"].items():
            if name in ("Failure", "ChildRoutes", "Status", "Message"):
                continue
            text += f"### {name}\n\n{filled(schema.get('description', ''))}\n\n"
            rows = self.members(schema)
            text += (table(["Member", "Type", ""], rows) if rows else f"{self.type_of(schema)}.\n") + "\n"
        return text

    def second_version(self):
        rows = []
        for tag in self.document["tags"]:
            old = {operation["operationId"]: (method, path) for method, path, operation in self.operations(tag["name"])}
            for method, path, operation in self.operations(tag["name"], 2):
                first = old[operation["operationId"].removesuffix("V2")]
                if path.removeprefix("/v2") != first[1].removeprefix("/v1"):
                    rows.append([f"`{method} {path}`", f"[{first[0]} {first[1]}](#{self.anchor(*first)})"])
        return table(["Version 2", "Version 1"], rows)


def page():
    master, slave = Writer("master"), Writer("slave")
    text = INTRODUCTION + linked(master.document["info"]["description"]) + "\n"
    text += "## Routes\n\n" + master.overview() + "\n"
    text += table(["Access", ""], [[f"`{word}`", meaning] for word, meaning in ACCESS.values()]) + "\n"
    text += "## Failures\n\n" + filled(FAILURES) + "\n\n" + master.failures() + "\n"
    text += "## Version 2\n\n" + filled(SECOND_VERSION) + "\n\n" + master.second_version() + "\n"
    text += master.sections()
    text += "## Objects\n\nAll members are there, unless they are optional.\n\n" + master.objects()
    text += "## The API of a slave\n\n" + linked(slave.document["info"]["description"]) + "\n"
    text += "".join(slave.operation(*one) for one in slave.operations("Slave")).replace("### ", "### Slave: ")
    return text + "".join(
        f"### {part}" for part in slave.objects().split("### ") if part.startswith(("SlaveSelf", "Executor"))
    ).rstrip("\n") + "\n"


def main():
    new = page()
    if "--check" not in sys.argv:
        PAGE.write_text(new)
    elif PAGE.read_text() != new:
        sentence = "docs/reference/rest-api.md is not what the OpenAPI documents say. Run `make api-docs`."
        sys.exit(f"build-rest-api-page: {sentence}")


if __name__ == "__main__":
    main()
