"""The runs of `batchmark.studies.ruler.power_run` in a file, a line each."""

from pathlib import Path

from batchmark.files.form_lines import append_line, read_lines
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
    return read_lines(RUN, path)


def append_run(run: Run, path: Path) -> None:
    """Add a run to a file, a line each.

    Raises StoredFileError: it can't be written.
    """
    append_line(RUN, run, path)
