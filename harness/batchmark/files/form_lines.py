"""Records of one form in a file, a line each: a study that is interrupted goes on from there."""

import json
from pathlib import Path
from typing import TypeVar

from batchmark.errors import StoredFileError
from batchmark.files.stored_form import Form

Record = TypeVar("Record")


def read_lines(form: Form[Record], path: Path) -> tuple[Record, ...]:
    """Return the records that `append_line` wrote; none where there is no such file.

    Raises StoredFileError: something else is in it.
    """
    if not path.exists():
        return ()
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    except (ValueError, RecursionError, OSError) as error:
        runs = form.name.replace("a run", "runs", 1)
        message = f"{path} holds no {runs} ({' '.join(str(error).split())}); {form.again}"
        raise StoredFileError(message) from error
    return tuple(form.taken(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1))


def append_line(form: Form[Record], record: Record, path: Path) -> None:
    """Add a record to a file, a line each.

    Raises StoredFileError: it can't be written.
    """
    try:
        with path.open("ab") as file:
            file.write(form.line(record))
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise StoredFileError(message) from error
