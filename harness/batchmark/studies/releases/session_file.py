"""A release's session as a file of JSON: what was measured and is not in asv's results yet."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import msgspec

from batchmark.errors import StoredFileError
from batchmark.files.json_file import read_json
from batchmark.files.sweep import from_extra_info, to_extra_info
from batchmark.files.whole_file import write_whole
from batchmark.studies.releases.session import ReleaseSession

SCHEMA = 1
_HOW_TO_STORE = "batchmark releases run writes one"


class _Stored(msgspec.Struct, frozen=True):
    schema: int
    pass_started: int
    records: tuple[dict[str, object], ...]
    reference_seconds: dict[str, tuple[float, ...]]
    quality_losses: dict[int, dict[int, float | None]]
    facts: dict[str, object]
    problems: tuple[str, ...]


def write_session(session: ReleaseSession, folder: Path, commit: str) -> None:
    """Put a session where asv's suite finds it, in `folder` under its release's `commit`.

    Raises StoredFileError: it can't be written.
    """
    form = _Stored(
        schema=SCHEMA,
        pass_started=session.pass_started,
        records=tuple(map(to_extra_info, session.records)),
        reference_seconds=session.reference_seconds,
        quality_losses={size: _known(losses) for size, losses in session.quality_losses.items()},
        facts=session.facts,
        problems=session.problems,
    )
    write_whole(folder / commit, json.dumps(msgspec.to_builtins(form, str_keys=True), indent=1) + "\n")


def read_session(folder: Path, commit: str) -> ReleaseSession:
    """Return what `write_session` wrote.

    Raises StoredFileError: no such file, or something else in it.
    """
    path = folder / commit
    content = read_json(path, _HOW_TO_STORE)
    try:
        stored = msgspec.convert(content, _Stored, str_keys=True)
        records = tuple(map(from_extra_info, stored.records))
    except (msgspec.ValidationError, OverflowError, StoredFileError) as error:
        message = f"{path} is no session of a release ({error}); {_HOW_TO_STORE}"
        raise StoredFileError(message) from error
    if stored.schema != SCHEMA:
        message = f"{path} has schema {stored.schema} and this version of batchmark reads {SCHEMA}; measure again"
        raise StoredFileError(message)
    losses = {size: _nan_if_unknown(each) for size, each in stored.quality_losses.items()}
    return ReleaseSession(stored.pass_started, records, stored.reference_seconds, losses, stored.facts, stored.problems)


def _known(losses: Mapping[int, float]) -> dict[int, float | None]:
    return {seed: loss if math.isfinite(loss) else None for seed, loss in losses.items()}


def _nan_if_unknown(losses: Mapping[int, float | None]) -> dict[int, float]:
    return {seed: math.nan if loss is None else loss for seed, loss in losses.items()}
