"""The stored form of a comparison: what is written is read back, and what is broken is refused in one line."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmark.comparison import ComparedCell, Comparison, Environments, Policy, Verdict
from batchmark.errors import StoredFileError
from batchmark.files.comparison import comparison_as_json, read_comparison, write_comparison
from batchmark.metrics import table
from compared import cell_of, comparison_of

WHOLE = comparison_of(
    [
        cell_of(1.08, noise_floor=0.01, warnings=("load 3.1",)),
        cell_of(1.005, batch_size=64, needed="about 12 restarts"),
        cell_of(1.02, metric="overhead_per_step", tolerance=None, batch_size=None),
        cell_of(-0.004, metric="quality", tolerance=0.017, rounds=20, restarts=1),
        cell_of(None, batch_size=128, warnings=("the candidate diverged",)),
    ],
    policy=Policy({"seconds_per_epoch": 0.01, "quality": None}, {"blobs": {"peak_bytes": None}}, 0.9),
    warnings=("one restart was lost",),
)


def _form() -> dict[str, Any]:
    form: dict[str, Any] = json.loads(comparison_as_json(WHOLE))
    return form


def _complaint_about(path: Path | str) -> str:
    with pytest.raises(StoredFileError) as refused:
        read_comparison(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def _stored(folder: Path, content: object) -> Path:
    path = folder / "comparison.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_keys_are_those_that_are_documented() -> None:
    form = _form()
    assert list(form) == [
        *("batchmark_comparison", "verdict", "is_live", "stopped", "environment", "policy", "between_runs"),
        *("runs_between", "warnings", "cells", "profiles"),
    ]
    assert form["verdict"] == "regressed"
    assert form["environment"].keys() == {"baseline", "candidate"}
    assert form["policy"] == {
        "confidence": 0.9,
        "tolerances": {"seconds_per_epoch": 0.01, "quality": None},
        "by_workload": {"blobs": {"peak_bytes": None}},
    }
    assert form["cells"][0] == {
        "workload": "blobs",
        "batch_size": 32,
        "loop": "fit",
        "metric": "seconds_per_epoch",
        "baseline": 0.0421,
        "candidate": 0.0421 * 1.08,
        "effect": 1.08,
        "interval": [1.08 / 1.02, 1.08 * 1.02],
        "level": 0.99,
        "tolerance": 0.01,
        "verdict": "regressed",
        "rounds": 60,
        "restarts": 5,
        "noise_floor": 0.01,
        "needed": None,
        "warnings": ["load 3.1"],
        "over": [],
        "chance_of_alike": None,
        "tail": None,
        "lost": None,
        "unseen_share": None,
        "unseen_cost": None,
        "parts": [],
        "is_same_program": None,
    }


@pytest.mark.parametrize("stopped", [None, "interrupted by Ctrl-C"])
def test_a_comparison_whole_or_partial_is_read_back(tmp_path: Path, stopped: str | None) -> None:
    comparison = replace(WHOLE, stopped=stopped, between_runs={"peak_bytes": 0.02})
    path = tmp_path / "comparison.json"
    write_comparison(comparison, path)
    assert read_comparison(path) == comparison


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text()
TOLERANCES = st.dictionaries(st.sampled_from(table.names()), st.none() | st.floats(0, 9))
FACTS = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | NUMBERS | TEXTS | st.lists(TEXTS))


@st.composite
def _cells(draw: st.DrawFn) -> ComparedCell:
    metric = draw(st.sampled_from(table.names()))
    value = draw(st.none() | st.floats(1e-9, 1e9))
    width = draw(st.none() | st.floats(1, 1e3))
    cell = cell_of(value, metric=metric, tolerance=draw(st.none() | st.floats(0, 9)), width=width)
    return replace(
        cell,
        workload=draw(TEXTS),
        loop=draw(st.none() | TEXTS),
        batch_size=draw(st.none() | st.integers(1, 10**12)),
        baseline=draw(st.none() | NUMBERS),
        candidate=draw(st.none() | NUMBERS),
        verdict=draw(st.sampled_from(Verdict)),
        needed=draw(st.none() | TEXTS),
        warnings=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


COMPARISONS = st.builds(
    Comparison,
    environment=st.builds(Environments, FACTS, FACTS),
    policy=st.builds(Policy, TOLERANCES, st.dictionaries(TEXTS, TOLERANCES, max_size=2), st.floats(0.5, 0.999)),
    cells=st.lists(
        _cells(), max_size=4, unique_by=lambda cell: (cell.workload, cell.batch_size, cell.loop, cell.metric)
    ).map(tuple),
    is_live=st.booleans(),
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
    stopped=st.none() | TEXTS,
    between_runs=st.dictionaries(st.sampled_from(table.names()), st.floats(0, 1)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(COMPARISONS)
def test_every_comparison_survives_being_stored(tmp_path: Path, comparison: Comparison) -> None:
    path = tmp_path / "comparison.json"
    write_comparison(comparison, path)
    assert read_comparison(path) == comparison


def test_what_is_not_a_finite_number_is_null_in_the_file(tmp_path: Path) -> None:
    odd = replace(WHOLE.cells[0], baseline=math.nan, candidate=math.inf, noise_floor=math.nan)
    environment = Environments({"load": [math.nan, 0.5]}, {"path": tmp_path})
    path = tmp_path / "comparison.json"
    write_comparison(replace(WHOLE, cells=(odd,), environment=environment), path)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    found = read_comparison(path)
    assert (found.cells[0].baseline, found.cells[0].candidate, found.cells[0].noise_floor) == (None, None, None)
    assert found.environment == Environments({"load": [None, 0.5]}, {"path": str(tmp_path)})


def test_a_key_that_a_later_version_added_is_ignored(tmp_path: Path) -> None:
    form = _form() | {"later": 1}
    form["cells"][0]["later"] = 1
    assert read_comparison(_stored(tmp_path, form)) == WHOLE


def test_a_missing_file_says_how_one_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert _complaint_about(path) == (
        f"there is no file {path}; a comparison is stored by batchmark upgrade --json FILE"
    )


@pytest.mark.parametrize("text", ["", "{", '{"cells": [', "[" * 100_000, "\x00"])
def test_a_truncated_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "is truncated or not JSON (" in _complaint_about(_stored(tmp_path, text))


@pytest.mark.parametrize("content", [[], 3, None, {}, {"cells": []}], ids=repr)
def test_json_of_something_else_is_refused(tmp_path: Path, content: object) -> None:
    assert "is JSON, but not a comparison; a comparison is stored by" in _complaint_about(
        _stored(tmp_path, json.dumps(content))
    )


def test_a_sweep_says_which_options_take_it(tmp_path: Path) -> None:
    path = _stored(tmp_path, {"benchmarks": [], "machine_info": {}, "datetime": "now"})
    assert "is a stored sweep; two of them are compared by batchmark gate --baseline --candidate" in (
        _complaint_about(path)
    )


@pytest.mark.parametrize("schema", [2, 0, "1", None, True, 1.0])
def test_another_schema_is_named_beside_the_one_that_is_read(tmp_path: Path, schema: object) -> None:
    complaint = _complaint_about(_stored(tmp_path, _form() | {"batchmark_comparison": schema}))
    assert f"batchmark_comparison {schema!r} and this version of batchmark reads 1" in complaint


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("workload", 3, "Expected `str`, got `int` - at `$.cells[0].workload`"),
        ("batch_size", 0, "Expected a whole number from 1 up, got 0 - at `$.cells[0].batch_size`"),
        ("metric", "speed", "unknown metric 'speed'"),
        ("metric", "a\nb", "unknown metric"),
        ("verdict", "fine", "Invalid enum value 'fine'"),
        ("effect", math.nan, "has an interval and no effect"),
        ("effect", math.inf, "has an interval and no effect"),
        ("effect", -1.0, "expected ratios above 0"),
        ("effect", None, "has an interval and no effect"),
        ("interval", [1.0], "Expected `array` of length 2"),
        ("interval", [1.0, None], "expected low <= high, or null twice"),
        ("interval", [1.1, 1.0], "has an interval from 1.1 to 1.0"),
        ("interval", [0.0, 1.0], "expected ratios above 0"),
        ("level", 1.0, "Expected a share between 0 and 1, got 1.0"),
        ("level", 95, "Expected a share between 0 and 1, got 95"),
        ("tolerance", -0.1, "Expected a number from 0 up"),
        ("baseline", 10**400, ""),
        ("rounds", 1.5, "Expected `int`, got `float`"),
        ("rounds", -1, "Expected a whole number from 0 up"),
        ("warnings", "one", "Expected `array`"),
        ("noise_floor", "small", "Expected `float | null`"),
    ],
)
def test_a_damaged_cell_is_told_with_what_is_wrong(tmp_path: Path, key: str, value: object, reason: str) -> None:
    form = _form()
    form["cells"][0][key] = value
    complaint = _complaint_about(_stored(tmp_path, form))
    assert "is damaged: " in complaint
    assert reason in complaint
    assert complaint.endswith("; restore the file, or compare again")


@pytest.mark.parametrize("key", ["environment", "policy", "cells", "is_live"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    form = _form()
    del form[key]
    assert f"missing required field `{key}`" in _complaint_about(_stored(tmp_path, form))


def test_a_policy_that_does_not_say_how_sure_it_is_to_be_is_refused(tmp_path: Path) -> None:
    form = _form()
    del form["policy"]["confidence"]
    assert "missing required field `confidence` - at `$.policy`" in _complaint_about(_stored(tmp_path, form))


def test_an_unknown_metric_in_the_policy_is_refused(tmp_path: Path) -> None:
    form = _form()
    form["policy"]["tolerances"]["speed"] = 0.1
    assert "is damaged: " in _complaint_about(_stored(tmp_path, form))


def test_a_cell_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    form = _form()
    form["cells"].append(form["cells"][0])
    assert "it holds blobs-32-fit seconds_per_epoch twice" in _complaint_about(_stored(tmp_path, form))


def test_a_file_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoredFileError, match="can't be written: "):
        write_comparison(WHOLE, tmp_path)
    with pytest.raises(StoredFileError, match=r"can't be written: .*null byte"):
        write_comparison(WHOLE, "a\0b")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


def _damaged_cell(key: str, value: object) -> dict[str, Any]:
    form = _form()
    form["cells"][0][key] = value
    return form


FORMS = (
    JUNK
    | st.builds(lambda key, value: _form() | {key: value}, st.sampled_from(sorted(_form())), JUNK)
    | st.builds(_damaged_cell, st.sampled_from(sorted(_form()["cells"][0])), JUNK)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(FORMS)
def test_whatever_a_file_holds_it_is_read_or_refused_in_one_line(tmp_path: Path, form: object) -> None:
    path = _stored(tmp_path, json.dumps(form))
    try:
        assert isinstance(read_comparison(path), Comparison)
    except StoredFileError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  either outcome is right
        str(refused).encode()
