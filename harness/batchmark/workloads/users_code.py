"""Where in a user's own code something stands, for errors: ``training.py:12``."""

import inspect
import os
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from batchmark.workloads.to_the_point import point_of
from batchmark.workloads.users_files import is_users


def line_of_error(error: BaseException) -> str | None:
    """Return the innermost line of `error`'s traceback that is the user's own; None without one."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno and is_users(error.filename):
        return _shown(error.filename, error.lineno)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if is_users(frame.filename) and frame.lineno:
            return _shown(frame.filename, frame.lineno)
    return None


def line_of(function: Callable[..., Any]) -> str:
    """Return where `function` begins, or its name where it has no source or is a library's."""
    try:
        plain = inspect.unwrap(function.func if isinstance(function, partial) else function)
        code = getattr(plain, "__code__", None) or type(plain).__call__.__code__
    except (AttributeError, ValueError):
        return getattr(function, "__qualname__", repr(function))
    if is_users(code.co_filename):
        return _shown(code.co_filename, code.co_firstlineno)
    named = plain if hasattr(plain, "__qualname__") else type(plain)
    return f"{named.__module__}.{named.__qualname__}"


def in_one_line(error: BaseException, *, longest: int = 300) -> str:
    """Return an error's kind and message in one line: frameworks write paragraphs."""
    text = point_of(str(error))
    kind = type(error).__name__
    if not text:
        return kind
    return f"{kind}: {text if len(text) <= longest else text[:longest].rsplit(' ', 1)[0] + ' ...'}"


def _shown(filename: str, line: int) -> str:
    path = Path(filename)
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        # No current folder any more, or another drive.
        relative = ".."
    return f"{path if relative.startswith('..') else relative}:{line}"
