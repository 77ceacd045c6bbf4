"""Programs of others, stood in for by scripts of a few lines that a test puts first on the path."""

import json
import os
import sys
from pathlib import Path

import pytest

SMI_FULL = "==============NVSMI LOG==============\n\nDriver Version : 570.86.15\n"
SMI_GPU = {
    "index": "0",
    "name": "NVIDIA H100 PCIe",
    "driver_version": "570.86.15",
    "vbios_version": "96.00.74.00.11",
    "memory.total": "81559 MiB",
    "compute_mode": "Default",
    "persistence_mode": "Enabled",
    "pstate": "P0",
    "temperature.gpu": "34",
    "power.draw": "51.12 W",
    "power.limit": "350.00 W",
    "clocks.sm": "1410 MHz",
    "clocks.mem": "1593 MHz",
    "clocks.max.sm": "1755 MHz",
    "clocks.max.mem": "1593 MHz",
}

_SMI = """
import sys
gpu, full = {gpu!r}, {full!r}
if sys.argv[1:] == ["-q"]:
    print(full, end="")
elif sys.argv[1].startswith("--query-gpu=") and sys.argv[2:] == ["--format=csv,noheader"]:
    fields = sys.argv[1].removeprefix("--query-gpu=").split(",")
    for _ in range({count}):
        print(", ".join(gpu[field] for field in fields))
else:
    sys.exit(f"unknown arguments {{sys.argv[1:]}}")
"""

_GH = """
import json, os, sys
from pathlib import Path
state = Path({state!r})
github = json.loads(state.read_text())
arguments, given = sys.argv[1:], sys.stdin.read()
github["calls"].append(arguments[:2])
if os.environ.get("GH_TOKEN") != "secret":
    sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
options = dict(zip(arguments[2:], arguments[3:]))
match arguments[:2]:
    case ["issue", "list"]:
        assert options["--state"] == "open"
        fields = options["--json"].split(",")
        print(json.dumps([{{f: i[f] for f in fields}} for i in github["issues"] if i["state"] == "OPEN"]))
    case ["issue", "create"]:
        number = 1 + max((i["number"] for i in github["issues"]), default=0)
        github["issues"].append({{"number": number, "title": options["--title"], "body": given, "state": "OPEN",
            "author": {{"login": "app/github-actions", "is_bot": True}}, "comments": []}})
        print(f"https://github.com/owner/name/issues/{{number}}")
    case ["issue", verb]:
        (issue,) = [i for i in github["issues"] if i["number"] == int(arguments[2])]
        if verb == "edit":
            issue["title"], issue["body"] = options["--title"], given
        elif verb == "comment":
            issue["comments"].append({{"body": given, "viewerDidAuthor": True}})
        elif verb == "view":
            assert options["--json"] == "comments"
            print(json.dumps({{"comments": issue["comments"]}}))
        else:
            sys.exit(f"unknown command {{verb}}")
state.write_text(json.dumps(github))
"""


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, source: str) -> None:
    """Put a Python script called `name` first on the path."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{source}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def install_nvidia_smi(monkeypatch: pytest.MonkeyPatch, folder: Path, *, gpus: int = 1) -> None:
    """Put a driver with so many GPUs on the path."""
    install(monkeypatch, folder, "nvidia-smi", _SMI.format(gpu=SMI_GPU, full=SMI_FULL, count=gpus))


class GitHub:
    """What the stand-in `gh` speaks to: the issues of one repository, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text(json.dumps({"issues": [], "calls": []}))

    @property
    def issues(self) -> list[dict[str, object]]:
        """Every issue as gh describes it, oldest first."""
        found: list[dict[str, object]] = json.loads(self._file.read_text())["issues"]
        return found

    @property
    def calls(self) -> list[list[str]]:
        """The first two arguments of every call."""
        found: list[list[str]] = json.loads(self._file.read_text())["calls"]
        return found

    def add(self, body: str, *, login: str, state: str = "OPEN") -> None:
        """Have somebody open an issue."""
        github = json.loads(self._file.read_text())
        number = 1 + len(github["issues"])
        author = {"login": login, "is_bot": login.startswith("app/")}
        issue = {"number": number, "title": "?", "body": body, "state": state, "author": author, "comments": []}
        self._file.write_text(json.dumps({**github, "issues": [*github["issues"], issue]}))


def install_gh(monkeypatch: pytest.MonkeyPatch, folder: Path) -> GitHub:
    """Put a `gh` that is logged in on the path, and return what it speaks to."""
    folder.mkdir(exist_ok=True)
    state = folder / "github.json"
    install(monkeypatch, folder, "gh", _GH.format(state=str(state)))
    monkeypatch.setenv("GH_TOKEN", "secret")
    return GitHub(state)
