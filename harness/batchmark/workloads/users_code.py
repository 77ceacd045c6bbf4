"""Where in a user's own code something stands, for errors: ``training.py:12``."""

import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = tuple(
    Path(folder).resolve()
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
    if (folder := sysconfig.get_path(name))
)


def line_of_error(error: BaseException) -> str | None:
    """Return the innermost line of `error`'s traceback that is neither ours nor a library's; None without one."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return _shown(error.filename, error.lineno)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_users(frame.filename) and frame.lineno:
            return _shown(frame.filename, frame.lineno)
    return None


def line_of(function: Callable[..., Any]) -> str:
    """Return where `function` begins, or its name where it has no source."""
    try:
        plain = inspect.unwrap(function.func if isinstance(function, partial) else function)
        code = getattr(plain, "__code__", None) or type(plain).__call__.__code__
        return _shown(code.co_filename, code.co_firstlineno)
    except (AttributeError, ValueError):
        return getattr(function, "__qualname__", repr(function))


def in_one_line(error: BaseException, *, longest: int = 300) -> str:
    """Return an error's kind and message in one line: frameworks write paragraphs."""
    text = " ".join(str(error).split())
    kind = type(error).__name__
    if not text:
        return kind
    return f"{kind}: {text if len(text) <= longest else text[:longest].rsplit(' ', 1)[0] + ' ...'}"


def _is_users(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    path = Path(filename).resolve()
    ours_or_library = any(path.is_relative_to(folder) for folder in (_PACKAGE, *_LIBRARIES))
    return not ours_or_library and not path.is_relative_to(Path(sys.prefix) / "lib")


def _shown(filename: str, line: int) -> str:
    path = Path(filename)
    relative = os.path.relpath(path)
    return f"{path if relative.startswith('..') else relative}:{line}"
