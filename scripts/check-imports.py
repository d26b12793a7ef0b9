#!/usr/bin/env python3
"""Fail when a Swift file imports a module that its target may not import.

Five rules, each checked against what `swift package dump-package` says:

* a module of this package may be imported only by targets that declare it as a dependency;
* a room (`ROOMS`) only by the targets that may know of it, and by tests;
* a module with one owner (`OWNERS`: mostly wrapped libraries) only by that owner;
* a project type (a target under `Plugins/`) only by the executable, by tests and by the types in `PLUGINS`;
* a folder that waits for nothing (`FOLDERS`) imports what it may and nothing else, such as no calls for files.
"""
import json
import pathlib
import re
import subprocess
import sys

# The two services and their common module.
HTTP = {"ClusterRunnerHTTP", "ClusterRunnerMaster", "ClusterRunnerSlave"}
HTTP |= {f"{target}Tests" for target in HTTP} | {"ClusterRunnerClientTests"}

# Module -> the targets, without the prefix, that may import it; tests may, too. `ClusterRunnerPlugin`, which all may import,
# is not listed. docs/explanation/architecture.md describes each.
ROOMS = {
    "Concurrency": "Archive Client Commands Dashboard Domain Files HTTP JobFile Master Process Programs Scheduling Slave Store "
    "Metrics Testing Wire ArchiveProjectType DirectoryProjectType GitProjectType clusterrunner-bench",
    "Files": "Archive Client Commands Containers HTTP JobFile Master Process Programs Slave ArchiveProjectType "
    "GitProjectType clusterrunner-bench",
    "JobFile": "Commands Containers Dashboard Domain Master Scheduling Slave Store Wire clusterrunner-bench",
    "Containers": "Commands Master Slave",
    "Domain": "Client Commands Dashboard HTTP Master Reports Scheduling Slave Store Wire clusterrunner-bench",
    "Reports": "Slave",
    "Scheduling": "Commands Master clusterrunner-bench",
    "Wire": "Client Commands HTTP Master Slave clusterrunner-bench",
    "Terminal": "Commands Dashboard Master",
    "Client": "Commands Slave clusterrunner-bench",
    "HTTP": "Commands Master Slave",
    "Dashboard": "Master",
    "Metrics": "Master",
    "OpenAPI": "Master Slave",
    "Master": "Commands",
    "Slave": "Commands clusterrunner-bench",
    "Store": "ClusterRunner",
    "Process": "ClusterRunner",
    "Archive": "ClusterRunner",
    "Conformance": "Commands Testing",
    "Programs": "Commands",
    "Commands": "ClusterRunner",
}

# Module -> the targets that may import it. All others use the owner's own API.
OWNERS = {
    "ArgumentParser": {"ClusterRunnerCommands", "ClusterRunnerCommandsTests", "clusterrunner-bench"},
    "AsyncHTTPClient": {"ClusterRunnerClient"},
    "CArchive": {"ClusterRunnerArchive", "ClusterRunnerArchiveTests"},
    "CFiles": {"ClusterRunnerFiles"},
    "CGit2": {"GitProjectType"},
    "COpenSSL": {"ClusterRunnerFiles", "ClusterRunnerWire"},
    "CSpawn": {"ClusterRunnerProcess"},
    "CVersion": {"ClusterRunnerCommands"},
    "CYAML": {"ClusterRunnerJobFile"},
    "CoreMetrics": {"ClusterRunnerMaster", "ClusterRunnerMetrics", "ClusterRunnerMetricsTests"},
    "GRDB": {"ClusterRunnerStore", "ClusterRunnerStoreTests"},
    "Hummingbird": HTTP,
    "HummingbirdCore": HTTP,
    "Mustache": {"ClusterRunnerDashboard"},
    "SystemPackage": {"ClusterRunnerFiles"},
    "UnixSignals": {"ClusterRunnerCommands"},
}

# Project type -> the project types that build on it.
PLUGINS = {
    "GitProjectType": {"ArchiveProjectType"},
}

# The modules without calls for files. The coordinator, its effect loop and all decisions import only these, so that
# they cannot work on files.
DECIDING = {"Logging"} | {f"ClusterRunner{room}" for room in "Concurrency Domain JobFile Plugin Scheduling Wire".split()}

# Folder -> the modules that its files may import.
FOLDERS = {
    "Sources/ClusterRunnerMaster/Coordination": DECIDING,
}

IMPORT = re.compile(
    r"\s*(?:@\w+(?:\([^)]*\))?\s+)*"
    r"(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?`?(\w+)"
)


def read_package():
    """Returns the package's description; SwiftPM may print notices around the JSON."""
    command = ["swift", "package", "dump-package"]
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        sys.exit(f"check-imports: cannot run `{' '.join(command)}`: {error}.")
    start = run.stdout.find("{")
    if run.returncode != 0 or start < 0:
        sys.exit(f"check-imports: `{' '.join(command)}` ended with {run.returncode}:\n{run.stderr.strip()}")
    return json.JSONDecoder().raw_decode(run.stdout, start)[0]


def folder_of(target):
    default = "Tests" if target["type"] == "test" else "Sources"
    return pathlib.Path(target.get("path") or f"{default}/{target['name']}")


def declared_by(target):
    """Returns the names of dependencies: {"byName": ["X", null]}, {"product": ["X", "package", ...]} and so on."""
    return {next(iter(dependency.values()))[0] for dependency in target["dependencies"]}


def imports_of(file):
    """Yields (line number, module); `import A; import B` counts as two."""
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for statement in line.split(";"):
            match = IMPORT.match(statement)
            if match:
                yield number, match[1]


def fault(target, file, module, ours, plugins):
    """Returns the fault of an import, or None."""
    name = target["name"]
    for folder, allowed in FOLDERS.items():
        if pathlib.Path(folder) in file.parents and module not in allowed:
            return f"{folder} imports {module}; it may import {', '.join(sorted(allowed))} and does no work on files"
    if module == name:
        return None
    if module in OWNERS and name not in OWNERS[module]:
        return f"{name} imports {module}, which only {', '.join(sorted(OWNERS[module]))} may import"
    room = module.removeprefix("ClusterRunner")
    if room in ROOMS and module != room and target["type"] != "test":
        if name.removeprefix("ClusterRunner") not in ROOMS[room].split() and name not in ROOMS[room].split():
            return f"{name} imports {module}, which only {', '.join(ROOMS[room].split())} may import"
    if module in plugins and target["type"] not in ("executable", "test") and name not in PLUGINS.get(module, ()):
        return f"{name} imports the project type {module}; only the executable and tests may"
    if module in ours and module not in declared_by(target):
        return f"{name} imports {module} without declaring it in Package.swift"
    return None


def main():
    targets = {target["name"]: target for target in read_package()["targets"]}
    plugins = {name for name, target in targets.items() if folder_of(target).parts[:1] == ("Plugins",)}
    unknown = sorted(set().union(*OWNERS.values()) - set(targets))
    if unknown:
        sys.exit(f"check-imports: OWNERS names targets that Package.swift does not have: {', '.join(unknown)}.")
    unknown = sorted(f"ClusterRunner{room}" for room in ROOMS if f"ClusterRunner{room}" not in targets)
    if unknown:
        sys.exit(f"check-imports: ROOMS names targets that Package.swift does not have: {', '.join(unknown)}.")
    missing = [folder for folder in FOLDERS if not pathlib.Path(folder).is_dir()]
    if missing:
        sys.exit(f"check-imports: FOLDERS names folders that are not there: {', '.join(missing)}.")
    files = faults = 0
    for target in targets.values():
        for file in sorted(folder_of(target).rglob("*.swift")):
            files += 1
            for number, module in imports_of(file):
                sentence = fault(target, file, module, targets, plugins)
                if sentence:
                    print(f"{file}:{number}: {sentence}")
                    faults += 1
    if not files:
        sys.exit("check-imports: found no Swift file; run it in the package's root.")
    print(f"check-imports: {files} files of {len(targets)} targets checked, {faults} forbidden imports.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
