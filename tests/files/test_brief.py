"""A sweep in brief tells what its whole does, or nothing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmark.errors import StoredFileError
from batchmark.files.brief import BriefSweep, brief_of, read_brief
from batchmark.files.sweep import read_sweep
from batchmark.records import Cell, Status
from compared import sweep_stored, write_sweep
from repository import ROOT
from synthetic import gaussian, sweep_of

STORED = ROOT / "tests" / "data" / "stored"
OTHERS = {"name": "of another suite", "extra_info": {"anything": [1]}, "stats": {}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sweep of three cells."""
    records = sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=(32, 64, 128))
    return write_sweep(tmp_path / "sweep.json", sweep_stored(records, node="there"))


def _brief(path: Path) -> BriefSweep | None:
    return read_brief(path.read_bytes(), str(path))


def _changed(path: Path, **fields: Any) -> Path:
    content = json.loads(path.read_text())
    content["benchmarks"][0]["extra_info"] |= fields
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "stored",
    [
        *(STORED / name for name in ("sweep.json", "sweep-without-places.json", "sweep-without-proof.json")),
        ROOT / "docs" / "measured" / "backends-char-lm.json",
    ],
    ids=lambda path: path.stem,
)
def test_it_tells_what_the_whole_file_does(stored: Path) -> None:
    brief = _brief(stored)
    assert brief is not None
    assert brief == brief_of(read_sweep(stored), str(stored))
    assert brief.seconds_per_epoch
    assert brief.facts


def test_what_trained_nothing_has_no_seconds_and_is_a_workload_of_the_file(path: Path) -> None:
    brief = _brief(_changed(path, seconds_per_round=[], places=[], status="failed"))
    assert brief is not None
    assert list(brief.seconds_per_epoch) == [Cell("blobs", 64, "fit"), Cell("blobs", 128, "fit")]
    assert list(brief.work) == ["blobs"]


def test_cells_that_no_benchmark_is_of_are_told_too_and_why_it_stopped(path: Path) -> None:
    content = json.loads(path.read_text())
    content["batchmark"] = {"stopped": "Ctrl-C", "cells": [content["benchmarks"].pop()["extra_info"]]}
    path.write_text(json.dumps(content))
    brief = _brief(path)
    assert brief is not None
    assert brief == brief_of(read_sweep(path), str(path))
    assert (len(brief.seconds_per_epoch), brief.stopped) == (3, "Ctrl-C")


def test_benchmarks_of_other_suites_are_passed_over(path: Path) -> None:
    content = json.loads(path.read_text())
    content["benchmarks"].insert(0, OTHERS)
    path.write_text(json.dumps(content))
    assert _brief(path) == brief_of(read_sweep(path), str(path))


@pytest.mark.parametrize(
    "fields",
    [
        {"batchmark_schema": 99},
        {"batchmark_schema": True},
        {"batch_size": 0},
        {"batch_size": "32"},
        {"status": "splendid"},
        {"examples": 0},
        {"seconds_per_round": [[0.0]]},
        {"seconds_per_round": [[]]},
        {"seconds_per_round": [[None]]},
        {"batch_size": 64},
    ],
)
def test_what_does_not_fit_is_left_to_who_says_what_is_wrong(path: Path, fields: dict[str, Any]) -> None:
    assert _brief(_changed(path, **fields)) is None
    with pytest.raises(StoredFileError):
        read_sweep(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"batchmark_comparison": 1}', b"[" * 100_000])
def test_what_is_no_sweep_is_none(content: bytes) -> None:
    assert read_brief(content, "file") is None


def test_of_a_sweep_of_other_suites_alone_nothing_is_told(path: Path) -> None:
    path.write_text(json.dumps({"benchmarks": [OTHERS], "machine_info": {}, "datetime": "now"}))
    assert _brief(path) is None


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(
        ["workload", "loop", "backend", "batch_size", "status", "examples", "seconds_per_round", "seed"]
    ),
    value=st.none()
    | st.booleans()
    | st.integers(-1, 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.sampled_from(list(map(str, Status)))
    | st.lists(st.lists(st.floats(1e-6, 1e3), max_size=3), max_size=3),
)
def test_wherever_both_can_be_read_they_agree(tmp_path: Path, key: str, value: object) -> None:
    records = sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=(32, 64), turns=2)
    path = write_sweep(tmp_path / "sweep.json", sweep_stored([replace(each, places=()) for each in records]))
    brief = _brief(_changed(path, **{key: value}))
    try:
        whole = brief_of(read_sweep(path), str(path))
    except StoredFileError:
        return
    assert brief in (None, whole)
