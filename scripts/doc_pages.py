"""The fenced blocks of a Markdown page, how the tests treat them, and the comparison of printed sessions."""
import dataclasses
import fcntl
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import textwrap

SHELL_KINDS = {"sh", "console"}
# The same commands under a name that the tests do not look for.
OTHER_SHELL_KINDS = {"bash", "shell", "zsh", "shell-session", "terminal"}
ILLUSTRATION = re.compile(r"^\*Illustration: (.+)\*$", re.DOTALL)
TERMINAL = re.compile(r"\b(second|third|fourth|fifth|another) terminal\b")
FILE = re.compile(r"`([^`\s]+)`(, [^`]*)?:$")
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<kind>[^\n]*)\n(?P<text>.*?)^(?P=indent)(?P=fence)$", re.M | re.S)


@dataclasses.dataclass
class Block:
    """A fenced block with the paragraph before it."""

    kind: str
    text: str
    paragraph: str
    line: int

    @property
    def illustration(self):
        """The reason why the block is not run; None if it is not marked as an illustration."""
        match = ILLUSTRATION.match(self.paragraph)
        return match and " ".join(match[1].split())

    @property
    def is_beside(self):
        """Whether the block runs in a terminal of its own, beside the rest of the page."""
        return bool(TERMINAL.search(self.paragraph))

    @property
    def file(self):
        """The name of the file that the block is the content of; None for commands and their output."""
        match = FILE.search(self.paragraph)
        return match[1] if match and self.kind not in SHELL_KINDS | {"text"} else None

    @property
    def session(self):
        """The commands of a console block, each with the lines that it prints."""
        steps = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line.startswith("> ") and steps and not steps[-1][1]:
                steps[-1] = (steps[-1][0] + "\n" + line[2:], [])
            elif steps:
                steps[-1][1].append(line)
            elif line.strip():
                raise ValueError(f"a console block begins with a command behind \"$ \", not with {line!r}")
        return steps


def blocks(page):
    """Returns the fenced blocks of a page in order."""
    found = []
    for match in FENCE.finditer(page):
        before = page[: match.start()].rstrip()
        paragraph = textwrap.dedent(before.rsplit("\n\n", 1)[-1])
        kind = match["kind"].strip().split(" ")[0]
        line = page.count("\n", 0, match.start()) + 1
        found.append(Block(kind, textwrap.dedent(match["text"]), paragraph, line))
    return found


def read(path):
    """Returns the text of a page."""
    return pathlib.Path(path).read_text(encoding="utf-8")


VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    # The pages call the machine "vm".
    (re.compile(rf"\b(vm|{re.escape(socket.gethostname())})\b"), "HOST"),
    (re.compile(r"\b[\w-]+@HOST"), "USER@HOST"),
    (re.compile(r"(?<![\w.])\d+\.\d+\.\d+(?![\w.])"), "VERSION"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), r"\1:PORT"),
    (re.compile(r"process \d+"), "process N"),
    (re.compile(r"\b\d+ (s|min) ago"), "N s ago"),
    (re.compile(r"\b\d+:\d\d\b"), "0:00"),
    (re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])"), "0.0"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "HASH"),
    (re.compile(r"\s+"), " "),
]
PROGRESS = re.compile(r"Build \d+: \d+ of \d+ atoms")


def comparable(line, home):
    """Returns a line without what differs from run to run: times, ports, process ids, spaces."""
    line = line.replace(str(home), "~")
    for pattern, replacement in VARYING:
        line = pattern.sub(replacement, line)
    return line.strip()


def difference(expected, printed, home):
    """Returns the first difference between printed lines and those of a page; None if there is none.

    The order of lines does not count: atoms of the same time stand in any. A line "..." stands for any other lines.
    Lines of progress are left out: a fast machine prints none.
    """
    wanted = [comparable(line, home) for line in expected if line.strip()]
    left = [comparable(line, home) for line in printed if line.strip() and not PROGRESS.match(line)]
    for line in wanted:
        if line == "...":
            continue
        if line not in left:
            return f"the page says {line!r}, which is not in the output."
        left.remove(line)
    if left and "..." not in wanted:
        return f"the output has {left[0]!r}, which the page does not say."
    return None


def shown(printed, home):
    """Returns the lines of an output as a page shows them, without the names of this machine and its user."""
    lines = [line for line in printed.replace(str(home), "~").splitlines() if not PROGRESS.match(line)]
    machine = re.compile(rf"\b{re.escape(socket.gethostname())}\b")
    return [re.sub(r"\b[\w-]+@vm\b", "you@vm", machine.sub("vm", line)).rstrip() for line in lines if line.strip()]


def isolate():
    """Starts this script again in a network of its own, which has only loopback; goes on here where that is refused.

    There the default ports are free, and no other master answers.
    """
    if os.environ.pop("CLUSTERRUNNER_PAGE_NETWORK", None):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            set_flags, up_and_running = 0x8914, 0x41
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up_and_running))
        return
    unshare = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--net", "--map-root-user"]
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return
    os.environ["CLUSTERRUNNER_PAGE_NETWORK"] = "own"
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv])
