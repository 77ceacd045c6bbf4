"""Which module and which package a function belongs to, by the file it stands in."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePath

from batchmark.training.counting.calls import Function

OF_NO_FILE = "built-in"
"""What isn't written in Python has no file, and so no module that the profiler knows of."""
OTHERS = "others"

_INSTALLED_IN = ("site-packages", "dist-packages")
# Modules with less are told together.
_LEAST_SHARE = 0.001


def modules_by_file() -> dict[str, str]:
    """Return the name of each module that is imported, by its file."""
    found: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        # The main module has another name too, and the first one is as good as any.
        if isinstance(file, str):
            found.setdefault(file, name)
    return found


def module_of(function: Function, modules: Mapping[str, str]) -> str:
    """Return the module that a function stands in, as in ``keras.src.trainers.trainer``.

    Of a file that no module was imported from, as code that was made while it ran, the file's own name.
    """
    if function.file is None:
        return OF_NO_FILE
    return modules.get(function.file) or PurePath(function.file).name


def package_of(function: Function) -> str:
    """Return the folder among the installed packages that a function stands in, as in ``keras``.

    Empty for what isn't installed: Python's own, and the user's files.
    """
    parts = PurePath(function.file or "").parts
    for place in _INSTALLED_IN:
        if place in parts:
            inside = parts[len(parts) - parts[::-1].index(place) :]
            return PurePath(inside[0]).stem if inside else ""
    return ""


def by_module(by_function: Mapping[Function, float]) -> dict[str, float]:
    """Return calls by module, most first; modules with under a thousandth of them together as ``others``."""
    modules = modules_by_file()
    found: dict[str, float] = defaultdict(float)
    for function, calls in by_function.items():
        found[module_of(function, modules)] += calls
    least = _LEAST_SHARE * sum(found.values())
    told = {name: calls for name, calls in sorted(found.items(), key=lambda each: -each[1]) if calls >= least}
    rest = sum(found.values()) - sum(told.values())
    return {**told, **({OTHERS: rest} if rest > 0 else {})}
