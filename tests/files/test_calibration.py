"""What a machine's noise was measured to be: kept, merged, and read back or refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.errors import StoredFileError
from batchmark.files.calibration import CalibratedCell, Calibration, read_calibration, write_calibration


def _cell(size: int, spread: float = 0.005) -> CalibratedCell:
    return CalibratedCell("blobs", "seconds_per_epoch", size, "fit", 0.03, spread, 12, 0.01, 0.02)


KEPT = Calibration((_cell(32), _cell(64)), {"device": "CPU", "cores": 2}, 60.0, 16, 0.95, 2, 0, 0.78)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a new folder" / "here.json"
    write_calibration(KEPT, path)
    assert read_calibration(path) == KEPT
    assert KEPT.of("blobs", "seconds_per_epoch", 64, "fit") == _cell(64)
    assert KEPT.of("blobs", "seconds_per_epoch", 64, "compiled") is None


def test_another_workload_or_size_is_added_and_the_same_replaced(tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    write_calibration(KEPT, path)
    write_calibration(replace(KEPT, cells=(_cell(64, 0.009), _cell(128))), path)
    found = {cell.batch_size: cell.spread for cell in read_calibration(path).cells}
    assert found == {64: 0.009, 128: 0.005, 32: 0.005}


@pytest.mark.parametrize(
    "newer",
    [
        replace(KEPT, cells=(_cell(128),), facts={"device": "GPU", "cores": 2}),
        replace(KEPT, cells=(), budget_seconds=5),
    ],
)
def test_of_another_machine_or_budget_nothing_is_kept(tmp_path: Path, newer: Calibration) -> None:
    path = tmp_path / "here.json"
    write_calibration(KEPT, path)
    write_calibration(newer, path)
    assert read_calibration(path) == newer


def test_what_can_not_be_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    path.write_text("half a calib")
    write_calibration(KEPT, path)
    assert read_calibration(path) == KEPT


def test_it_is_of_one_machine_and_of_restarts_of_one_length() -> None:
    here = {"device": "CPU", "cores": 2, "tensorflow": "another"}
    assert KEPT.is_of(here, budget_seconds=60, looks=(6, 16))
    assert KEPT.is_of(here, budget_seconds=30, looks=(6, 8))
    assert not KEPT.is_of(here, budget_seconds=30, looks=(6, 16))
    assert not KEPT.is_of({**here, "cores": 4}, budget_seconds=60, looks=(6, 16))


@pytest.mark.parametrize("text", ["", "[]", '{"cells": []}', "null"])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "here.json"
    path.write_text(text)
    with pytest.raises(StoredFileError, match="batchmark calibrate writes one"):
        read_calibration(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("restarts", 0),
        ("restarts", -1),
        ("budget_seconds", 0),
        ("budget_seconds", float("inf")),
        ("confidence", 1),
        ("confidence", float("nan")),
        ("comparisons", -1),
        ("measured", float("nan")),
        ("false_alarm_bound", None),
    ],
)
def test_a_number_that_nothing_can_be_computed_with_is_refused_by_name(
    tmp_path: Path, field: str, value: float | None
) -> None:
    path = tmp_path / "here.json"
    write_calibration(KEPT, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(
        StoredFileError, match=rf"is damaged: Expected .*{field}.*; restore the file, or calibrate again"
    ):
        read_calibration(path)


@pytest.mark.parametrize("spread", [-0.01, float("inf"), float("nan")])
def test_a_spread_that_is_none_is_refused(tmp_path: Path, spread: float) -> None:
    path = tmp_path / "here.json"
    write_calibration(KEPT, path)
    stored = json.loads(path.read_text())
    stored["cells"][0]["spread"] = spread
    path.write_text(json.dumps(stored))
    with pytest.raises(StoredFileError, match=r"is damaged: Expected .*spread"):
        read_calibration(path)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    write_calibration(KEPT, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 9}))
    with pytest.raises(StoredFileError, match=r"has schema 9 and this version of batchmark reads 2; .*calibrate again"):
        read_calibration(path)
