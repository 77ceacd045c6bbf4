"""The nearest pyproject.toml, and what ``[tool.batchmark]`` in it holds."""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from batchmark.errors import PolicyError

FILE = "pyproject.toml"
KEYS = ("confidence", "tolerances", "workloads", "noise", "sweep")
"""What the table may hold: ``sweep`` for `batchmark.doors.sweep_options`, the rest for `batchmark.files.policy`."""


def find_file(start: Path) -> Path | None:
    """Return the nearest pyproject.toml, in `start` or above it, or None."""
    folders = (start.absolute(), *start.absolute().parents)
    return next((file for folder in folders if (file := folder / FILE).is_file()), None)


def where_in(path: Path) -> str:
    """Return how an error names the table of `path`."""
    return f"{path}: tool.batchmark"


def read_project(path: Path) -> dict[str, object]:
    """Return what ``[tool.batchmark]`` of a TOML file holds; nothing where it has no such table.

    Raises PolicyError: no such file, not TOML, an unknown key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise PolicyError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{path} is not TOML: {' '.join(str(error).split())}"
        raise PolicyError(message) from error
    tool = content.get("tool", {})
    return as_project(tool.get("batchmark", {}) if isinstance(tool, dict) else {}, where=where_in(path))


def as_project(value: object, *, where: str) -> dict[str, object]:
    """Return the table that stands `where`, whose keys are known.

    Raises PolicyError: no table, an unknown key.
    """
    entries = as_table(value, where)
    for key in entries:
        require_known(key, KEYS, where)
    return entries


def as_table(value: object, where: str) -> dict[str, object]:
    """Return `value`, which stands `where`.

    Raises PolicyError: it is no table.
    """
    if not isinstance(value, dict):
        message = f"{where} is {ascii(value)[:40]}; expected a table"
        raise PolicyError(message)
    return value


def require_known(key: str, known: Iterable[str], where: str) -> None:
    """Refuse a `key` that is none of the `known`.

    Raises PolicyError: the known ones are named.
    """
    known = tuple(known)
    if key in known:
        return
    near = get_close_matches(key, known, n=2)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    message = f"{where}: unknown key {ascii(key)[:60]}; {meant}known are {', '.join(known)}"
    raise PolicyError(message)
