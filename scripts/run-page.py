#!/usr/bin/env python3
"""Run the blocks of a page in order, and compare what they print with what the page says.

usage: run-page.py PAGE CLUSTERRUNNER [--renew]

With --renew the sessions of the page are written anew, as far as they differ. All blocks run in one shell, in a home directory that is removed at the end, with CLUSTERRUNNER first on the PATH, and in
a network of its own where the machine allows it.

- "sh": the commands have to succeed.
- "console": the lines behind "$ " are commands, the others what they print.
- "text": each line has to be in the output of the block before it, in that order.
- Any other block behind a paragraph that ends in "`NAME`:" is written to the file of that name.
- A shell block behind a paragraph with "in a second terminal" (third, fourth, another) runs beside the others, once it
  has printed what the page says.
- A block behind "*Illustration: REASON*" is not run.
"""
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import threading

import doc_pages

LIMIT = 300


class Fault(Exception):
    """A page that does not do what it says."""


class Shell:
    """The shell of a page."""

    def __init__(self, home, environment):
        self.home = home
        self.script = home / ".page"
        self.token = secrets.token_hex(8)
        self.process = subprocess.Popen(
            ["bash", "--norc"], cwd=home, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.status = 0

    def run(self, text, is_strict):
        """Runs commands, and returns what they printed."""
        self.script.write_text(text, encoding="utf-8")
        # A command of a session finds the exit code of the one before it.
        first = "set -euo pipefail" if is_strict else f"(exit {self.status})"
        last = f"printf '\\n%s %d\\n' {self.token} $?; set +euo pipefail"
        self.process.stdin.write(f"{first}\n. {self.script} </dev/null\n{last}\n")
        self.process.stdin.flush()
        printed = []
        watch = threading.Timer(LIMIT, self.end)
        watch.start()
        for line in self.process.stdout:
            if line.startswith(self.token):
                watch.cancel()
                self.status = int(line.split()[1])
                return "".join(printed).removesuffix("\n")
            printed.append(line)
            print(line, end="", flush=True)
        watch.cancel()
        raise Fault(f"a block failed, or took longer than {LIMIT} s:\n{text}")

    @property
    def directory(self):
        """The shell's current directory."""
        return os.readlink(f"/proc/{self.process.pid}/cwd")

    def end(self):
        """Ends the shell and what it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Terminal:
    """A block that runs beside the others."""

    def __init__(self, text, expected, shell, environment):
        self.process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text], cwd=shell.directory, env=environment, text=True,
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        printed = []
        watch = threading.Timer(60, self.end)
        watch.start()
        # The first expected line that is not there yet is waited for.
        while (fault := doc_pages.difference(expected, printed, shell.home)) and (line := self.process.stdout.readline()):
            print(line, end="", flush=True)
            printed.append(line)
        watch.cancel()
        if fault:
            raise Fault(fault)
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def end(self):
        """Ends the block, gently first."""
        for number in signal.SIGTERM, signal.SIGKILL:
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass


class Page:
    """The run of a page."""

    def __init__(self, home, environment, is_renewing):
        self.home, self.environment = home, environment
        self.shell = Shell(home, environment)
        self.terminals = []
        self.renewed = {} if is_renewing else None
        self.printed, self.ran = "", 0

    def take(self, block):
        """Does what a block says."""
        if block.illustration:
            return
        if block.file:
            place = pathlib.Path(self.shell.directory, block.file.replace("~", str(self.home), 1))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
        elif block.kind == "text":
            self.compare(block.text)
        elif block.kind in doc_pages.SHELL_KINDS:
            self.ran += 1
            self.run(block)

    def run(self, block):
        """Runs a block of commands."""
        if block.is_beside:
            text, expected = block.text, []
            if block.kind == "console":
                text = "\n".join(command for command, _ in block.session)
                expected = [line for _, lines in block.session for line in lines]
            self.terminals.append(Terminal(text, expected, self.shell, self.environment))
        elif block.kind == "sh":
            self.printed = self.shell.run(block.text, is_strict=True)
        else:
            self.run_session(block)

    def run_session(self, block):
        """Runs the commands of a console block."""
        lines = []
        for command, expected in block.session:
            print(f"$ {command}", flush=True)
            self.printed = self.shell.run(command, is_strict=False)
            fault = doc_pages.difference(expected, self.printed.splitlines(), self.home)
            if fault and self.renewed is None:
                raise Fault(f"{command}: {fault}")
            lines += ["$ " + command.replace("\n", "\n> ")]
            lines += doc_pages.shown(self.printed, self.home) if fault else expected
        if self.renewed is not None:
            self.renewed[block.text] = "\n".join(lines) + "\n"

    def compare(self, text):
        """Compares a block of text with the output before it."""
        place, printed = 0, "\n".join(doc_pages.comparable(line, self.home) for line in self.printed.splitlines())
        for line in text.splitlines():
            wanted = doc_pages.comparable(line, self.home)
            found = printed.find(wanted, place)
            if found < 0:
                raise Fault(f"the page says {line!r}, which is not in the output.")
            place = found + len(wanted)

    def end(self):
        """Ends what still runs."""
        for terminal in reversed(self.terminals):
            terminal.end()
        self.shell.end()


def main():
    """Runs the page."""
    page, program = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="clusterrunner-page-") as folder:
        home = pathlib.Path(folder)
        commands = home / ".bin"
        commands.mkdir()
        (commands / "clusterrunner").symlink_to(program)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUSTERRUNNER")}
        environment = {**kept, "HOME": str(home), "PATH": f"{commands}:{os.environ['PATH']}"}
        run = Page(home, environment, "--renew" in sys.argv)
        block = None
        try:
            for block in doc_pages.blocks(doc_pages.read(page)):
                run.take(block)
        except (Fault, ValueError) as fault:
            sys.exit(f"run-page: {page}:{block.line}: {fault}")
        finally:
            run.end()
    if run.renewed:
        text = doc_pages.read(page)
        for old, new in run.renewed.items():
            text = text.replace(f"```console\n{old}```", f"```console\n{new}```")
        pathlib.Path(page).write_text(text, encoding="utf-8")
    if not run.ran:
        sys.exit(f"run-page: {page} has no shell block that is run.")


if __name__ == "__main__":
    if len(sys.argv) != 3 and sys.argv[3:] != ["--renew"]:
        sys.exit(__doc__)
    doc_pages.isolate()
    main()
