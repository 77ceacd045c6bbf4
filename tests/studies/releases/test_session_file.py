"""A release's session in a file."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.errors import StoredFileError
from batchmark.records import Cell, Status
from batchmark.studies.releases.session import ReleaseSession
from batchmark.studies.releases.session_file import read_session, write_session
from synthetic import record_of

COMMIT = "a" * 40
SESSION = ReleaseSession(
    7,
    records=(record_of(32, [[0.1, 0.2], [0.3]]), record_of(64, [[0.5]], cell=Cell("mine:it", 64, "compiled"))),
    reference_seconds={"loop": (0.1, 0.2)},
    quality_losses={32: {5: 0.25, 6: 0.5}},
    facts={"tensorflow": "2.21.0", "flags": {"XLA_FLAGS": "x"}, "cores": 2, "load_at_start": [0.1]},
    problems=("memory: none",),
)


def test_what_is_written_is_read_back_from_json(tmp_path: Path) -> None:
    write_session(SESSION, tmp_path, COMMIT)
    json.loads((tmp_path / COMMIT).read_bytes(), parse_constant=pytest.fail)
    assert read_session(tmp_path, COMMIT) == SESSION


def test_what_was_not_measured_is_read_back_as_not_measured(tmp_path: Path) -> None:
    failed = replace(SESSION.records[0], status=Status.FAILED, seconds_per_round=(), first_epoch_seconds=math.nan)
    session = replace(SESSION, records=(failed,), quality_losses={32: {5: math.nan, 6: 0.5}})
    write_session(session, tmp_path, COMMIT)
    json.loads((tmp_path / COMMIT).read_bytes(), parse_constant=pytest.fail)
    found = read_session(tmp_path, COMMIT)
    assert math.isnan(found.records[0].first_epoch_seconds)
    assert math.isnan(found.quality_losses[32][5])
    assert found.quality_losses[32][6] == 0.5


def test_nothing_in_a_session_is_what_it_says(tmp_path: Path) -> None:
    nothing = ReleaseSession(7, problems=("it can't be installed",))
    write_session(nothing, tmp_path, COMMIT)
    assert read_session(tmp_path, COMMIT) == nothing


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\x80\x04\x95pickled by an older version", "truncated or not JSON"),
        (b"", "truncated or not JSON"),
        (b"[]", "is JSON, but not a session of a release"),
        (b'{"schema": 1}', "is damaged: Object missing required field `records`"),
        (b"{}", "is JSON, but not a session of a release"),
    ],
)
def test_something_else_is_refused_and_nothing_of_it_is_run(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / COMMIT).write_bytes(content)
    with pytest.raises(StoredFileError, match=complaint):
        read_session(tmp_path, COMMIT)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    write_session(SESSION, tmp_path, COMMIT)
    stored = json.loads((tmp_path / COMMIT).read_bytes())
    (tmp_path / COMMIT).write_text(json.dumps({**stored, "schema": 9}))
    with pytest.raises(StoredFileError, match="has schema 9 and this version of batchmark reads 1"):
        read_session(tmp_path, COMMIT)


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    write_session(SESSION, tmp_path, COMMIT)
    stored = json.loads((tmp_path / COMMIT).read_bytes())
    stored["records"][0]["batch_size"] = 0
    (tmp_path / COMMIT).write_text(json.dumps(stored))
    with pytest.raises(StoredFileError, match=r": the cell 'blobs-0-fit' is damaged: Expected a whole number"):
        read_session(tmp_path, COMMIT)
