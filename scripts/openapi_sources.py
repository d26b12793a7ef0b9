"""The sources of the OpenAPI documents in docs/reference/openapi, whose README.md explains their form."""
import copy
import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "docs/reference/openapi"


def fail(sentence):
    sys.exit(f"build-openapi: {sentence}")


def load(service):
    """Merges the files of a service; two things of one name are a fault."""
    merged = {"paths": {}, "tags": [], "info": {}}
    files = [SOURCES / "common.yaml", *sorted((SOURCES / service).glob("*.yaml"))]
    for file in files:
        content = yaml.safe_load(file.read_text())
        tag = content.pop("tag", None)
        for path, item in content.pop("paths", {}).items():
            for method, operation in item.items():
                operation["tag"] = tag
                if method in merged["paths"].setdefault(path, {}):
                    fail(f"{file.name} describes {method} {path} a second time.")
                merged["paths"][path][method] = operation
        for key, value in content.items():
            known = merged.setdefault(key, type(value)())
            if isinstance(known, list):
                known += value
                continue
            twice = known.keys() & value.keys()
            if twice:
                fail(f"{file.name} has {sorted(twice)} of {key} a second time.")
            known.update(value)
    merged["examples"] = json.loads((SOURCES / "examples.json").read_text()).get(service, {})
    return merged


# MARK: Schemas

def expand(schema):
    """Completes a schema: objects are closed, and their members are required, unless it says otherwise."""
    if isinstance(schema, list):
        return [expand(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/components/schemas/{schema['$ref']}"}
    kept = {key: value for key, value in schema.items() if key not in ("optional", "open", "answer", "versions")}
    if "properties" in schema:
        members = schema["properties"]
        if schema.get("answer"):
            members = {"STATUS": {"const": "SUCCESS"}, "child_routes": {"$ref": "ChildRoutes"}, **members}
        kept.setdefault("type", "object")
        kept.setdefault("required", [name for name in members if name not in schema.get("optional", [])])
        if not kept["required"]:
            del kept["required"]
        if not schema.get("open"):
            kept.setdefault("additionalProperties", False)
        kept["properties"] = {name: expand(member) for name, member in members.items()}
        return kept
    return {key: expand(value) if key not in ("enum", "const", "default") else value for key, value in kept.items()}


def schemas(sources):
    """Returns all schemas, with the variants of version 2 under names that end in V2."""
    result = {}
    for name, schema in sources["schemas"].items():
        result[name] = expand(schema)
        for version, change in schema.get("versions", {}).items():
            variant = {**copy.deepcopy(schema), "description": change["description"]}
            variant["properties"].update(change["properties"])
            for member in change["without"]:
                del variant["properties"][member]
            result[f"{name}V{version}"] = expand(variant)
    return result


def with_variants(value, names):
    """Returns a value whose references to schemas with a variant lead to that."""
    text = json.dumps(value)
    for name in names:
        text = text.replace(f"\"#/components/schemas/{name}\"", f"\"#/components/schemas/{name}V2\"")
    return json.loads(text)
