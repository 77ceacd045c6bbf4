"""A release's session as a file of JSON: what was measured and is not in asv's results yet."""

from pathlib import Path

from batchmark.files.stored_form import Form
from batchmark.files.sweep import CELL
from batchmark.studies.releases.session import ReleaseSession

SESSION = Form(
    ReleaseSession,
    key="schema",
    version=1,
    name="a session of a release",
    stored_by="batchmark releases run writes one",
    again="measure again",
    required=("records", "reference_seconds", "quality_losses", "facts", "problems"),
    parts={"records": CELL},
)


def write_session(session: ReleaseSession, folder: Path, commit: str) -> None:
    """Put a session where asv's suite finds it, in `folder` under its release's `commit`.

    Raises StoredFileError: it can't be written.
    """
    SESSION.write(folder / commit, session)


def read_session(folder: Path, commit: str) -> ReleaseSession:
    """Return what `write_session` wrote.

    Raises StoredFileError: no such file, or something else in it.
    """
    return SESSION.read(folder / commit)
