"""The runs of `batchmark.studies.ruler.power_run` in a file, a line each."""

import json
from pathlib import Path

from batchmark.errors import StoredFileError
from batchmark.files.stored_form import Form
from batchmark.studies.ruler.power_run import Run

RUN = Form(
    Run,
    key="batchmark_power",
    version=1,
    # Lines had none at first.
    version_without_key=1,
    name="a run of batchmark ruler power",
    stored_by="batchmark ruler power --jsonl FILE adds one",
    again="name another file",
)


def read_runs(path: Path) -> tuple[Run, ...]:
    """Return the runs that `append_run` wrote; none where there is no such file.

    Raises StoredFileError: something else is in it.
    """
    if not path.exists():
        return ()
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    except (ValueError, RecursionError, OSError) as error:
        message = f"{path} holds no runs of batchmark ruler power ({' '.join(str(error).split())}); name another file"
        raise StoredFileError(message) from error
    return tuple(RUN.taken(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1))


def append_run(run: Run, path: Path) -> None:
    """Add a run to a file, a line each.

    Raises StoredFileError: it can't be written.
    """
    try:
        with path.open("ab") as file:
            file.write(RUN.line(run))
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise StoredFileError(message) from error
