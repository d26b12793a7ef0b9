#!/usr/bin/env python3
"""usage: scripts/build-manual.py PROGRAM FOLDER

Writes the manual pages clusterrunner.1, one clusterrunner-VERB.1 for each verb, and clusterrunner.conf.5 into a folder.
Their content is what the program says of itself: its description for tools, and the example of its configuration. The
generator of swift-argument-parser is not used, because it compiles the whole program once more.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "clusterrunner.conf.example"
PARSER_TEXTS = {"help": "Show subcommand help information."}


def escaped(text):
    """Text as roff: no line may begin with a control character, and hyphens stay hyphens."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def run(program, *arguments):
    # The home is none: the configuration of this machine has no part in the pages.
    environment = {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    command = [program, *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if run.returncode != 0:
        sys.exit(f"build-manual: `{' '.join(command)}` ended with {run.returncode}:\n{run.stderr.strip()}")
    return run.stdout


def names_of(argument):
    """The spellings of an option, such as `-c, --config-file path`."""
    if argument["kind"] == "positional":
        return f"\\fI{escaped(argument['valueName'])}\\fR"
    names = sorted(argument["names"], key=lambda name: name["kind"] == "long")
    shown = ", ".join(f"\\fB{escaped(('-' if n['kind'] == 'short' else '--') + n['name'])}\\fR" for n in names)
    if argument["kind"] == "flag":
        return shown
    values = argument["valueName"].replace("> <", " ").split()
    return " ".join([shown, *(f"\\fI{escaped(value)}\\fR" for value in values)])


def described(argument):
    """The help of an option with the values that it takes and its default, unless it names them itself."""
    text, notes = argument.get("abstract", ""), []
    if argument.get("allValues"):
        notes.append("values: " + ", ".join(argument["allValues"]))
    if argument.get("defaultValue") and "(default:" not in text:
        notes.append("default: " + argument["defaultValue"])
    return text + (f" ({'; '.join(notes)})" if notes else "")


def items(arguments):
    shown = [argument for argument in arguments if argument.get("shouldDisplay", True)]
    return [f".TP\n{names_of(argument)}\n{escaped(described(argument))}" for argument in shown]


def synopsis(name, verb):
    words = [f"\\fB{escaped(name)}\\fR"]
    for argument in verb.get("arguments", []):
        if argument["kind"] == "positional" and argument.get("shouldDisplay", True):
            value = f"\\fI{escaped(argument['valueName'])}\\fR" + (" ..." if argument["isRepeating"] else "")
            words.append(f"[{value}]" if argument["isOptional"] else value)
    return " ".join([words[0], "[\\fIoptions\\fR]", *words[1:]])


def sections_of_types(program):
    """The options of the project types, which `build --help` lists below those of the verb."""
    parts = re.split(r'^OPTIONS OF "(build [^"]+)": (.*)\n', run(program, "build", "--help"), flags=re.M)
    lines = []
    for name, abstract, options in zip(parts[1::3], parts[2::3], parts[3::3]):
        lines += [f".SH OPTIONS OF {name.upper()}", escaped(abstract)]
        for option in re.finditer(r"^  (--\S+)(?: <([^>]+)>)? {2,}(.*)$", options, flags=re.M):
            value = f" \\fI{escaped(option[2])}\\fR" if option[2] else ""
            lines += [".TP", f"\\fB{escaped(option[1])}\\fR{value}", escaped(option[3])]
    return lines


def header(title, section, version):
    return [f'.TH {title.upper()} {section} "" "ClusterRunner {version}" "ClusterRunner"', ".nh", ".ad l"]


def verb_page(program, verb, version):
    name = f"clusterrunner-{verb['commandName']}"
    lines = header(name, 1, version)
    lines += [".SH NAME", f"{escaped(name)} \\- {escaped(verb['abstract'].rstrip('.'))}"]
    lines += [".SH SYNOPSIS", synopsis(f"clusterrunner {verb['commandName']}", verb)]
    if verb.get("discussion"):
        lines += [".SH DESCRIPTION", escaped(verb["discussion"])]
    lines += [".SH OPTIONS", *items(verb.get("arguments", []))]
    if verb["commandName"] == "build":
        lines += sections_of_types(program)
    return lines + [".SH SEE ALSO", ".BR clusterrunner (1), clusterrunner.conf (5)"]


def main_page(command, verbs, version):
    lines = header("clusterrunner", 1, version)
    lines += [".SH NAME", f"clusterrunner \\- {escaped(command['abstract'].rstrip('.'))}"]
    lines += [".SH SYNOPSIS", "\\fBclusterrunner\\fR \\fIcommand\\fR [\\fIoptions\\fR]", ".SH COMMANDS"]
    for verb in verbs:
        lines += [".TP", f"\\fB{escaped(verb['commandName'])}\\fR", escaped(verb["abstract"])]
        lines += ["See", f".BR clusterrunner\\-{escaped(verb['commandName'])} (1)."]
    lines += [".SH OPTIONS", *items(command.get("arguments", []))]
    lines += [".SH EXIT STATUS"]
    for code, meaning in [
        ("0", "Success."),
        ("1", "A build ran, and something of it failed."),
        ("2", "Something could not be done."),
        ("130", "A build was interrupted."),
    ]:
        lines += [".TP", f"\\fB{code}\\fR", meaning]
    lines += [".SH FILES", ".TP", "\\fI~/.clusterrunner/clusterrunner.conf\\fR"]
    lines += ["The configuration, unless \\fB\\-\\-config\\-file\\fR names another one."]
    return lines + [".SH SEE ALSO", ".BR clusterrunner.conf (5)"]


def configuration_page(version):
    """The example of the configuration: `##` is text, `# KEY = VALUE` a key with its default."""
    lines = header("clusterrunner.conf", 5, version)
    lines += [".SH NAME", "clusterrunner.conf \\- the configuration of ClusterRunner", ".SH DESCRIPTION"]
    text = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("##"):
            text.append(line[2:].strip())
        elif line.startswith("["):
            lines += [escaped("\n".join(text)), f".SH {line.upper()}"]
            text = []
        elif line.startswith("# "):
            lines += [".TP", f"\\fB{escaped(line[2:])}\\fR", escaped("\n".join(text))]
            text = []
    lines = [line for line in lines if line]
    return lines + [".SH SEE ALSO", ".BR clusterrunner (1)"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    version = run(program, "--version").split()[0]
    command = json.loads(run(program, "--experimental-dump-help"))["command"]
    shown = [verb for verb in command["subcommands"] if verb.get("shouldDisplay", True)]
    verbs = [verb for verb in shown if verb["commandName"] not in PARSER_TEXTS]
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"clusterrunner.1": main_page(command, verbs, version), "clusterrunner.conf.5": configuration_page(version)}
    for verb in verbs:
        pages[f"clusterrunner-{verb['commandName']}.1"] = verb_page(program, verb, version)
    for name, lines in pages.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
