"""The stored form: what is written is read back, and what is broken is refused in one line."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmark.errors import StoredFileError
from batchmark.files.sweep import from_extra_info, read_sweep, to_extra_info
from batchmark.metrics import table
from batchmark.proofs import Outcome, Proof
from batchmark.records import Cell, CellRecord, Status
from synthetic import record_of

RECORD = record_of(
    32,
    [[0.25, 0.5], [0.125]],
    warnings=("load 3.1",),
    compilation_trial={"graph": 0.5, "xla": 0.25},
    instruments={"page_faults_per_epoch": ((3.0, 6.0), (4.5,))},
)
FAILED = record_of(
    64,
    [],
    status=Status.FAILED,
    examples=0,
    steps_per_epoch=0,
    first_epoch_seconds=math.nan,
    learning_rate=math.nan,
    compilation_trial={"graph": 0.5, "xla": math.nan},
    warnings=("out of memory",),
)


def file_of(*extra_infos: object) -> dict[str, Any]:
    """Return what pytest-benchmark stores, with these ``extra_info``."""
    return {
        "machine_info": {"node": "here", "batchmark": {"tensorflow": "2.15.1"}},
        "commit_info": {},
        "benchmarks": [{"name": "epoch", "extra_info": info, "stats": {}} for info in extra_infos],
        "datetime": "2025-01-02T03:04:05+00:00",
        "version": "5.3.1",
    }


@pytest.fixture
def store(tmp_path: Path) -> Callable[[object], Path]:
    def write(content: object) -> Path:
        path = tmp_path / "sweep.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def complaint_about(path: Path | str) -> str:
    with pytest.raises(StoredFileError) as refused:
        read_sweep(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_cell_is_stored_under_flat_keys_in_base_units() -> None:
    assert to_extra_info(RECORD) == {
        "batchmark_schema": 1,
        "workload": "blobs",
        "workload_version": 1,
        "batch_size": 32,
        "loop": "fit",
        "backend": "tensorflow",
        "compilation": "fit",
        "compilation_trial": {"graph": 0.5, "xla": 0.25},
        "examples": 500,
        "steps_per_epoch": 16,
        "seconds_per_epoch": 0.25,
        "examples_per_second": 2000.0,
        "seconds_per_step": 0.015625,
        "first_epoch_seconds": 1.25,
        "compile_seconds": 1.0,
        "seconds_per_round": [[0.25, 0.5], [0.125]],
        "learning_rate": 0.01,
        "seed": 0,
        "places": [],
        "status": "complete",
        "warnings": ["load 3.1"],
        "tokens_per_example": None,
        "waiting_share": None,
        "peak_host_bytes": None,
        "peak_device_bytes": None,
        "proof": None,
        "instruments": {"page_faults_per_epoch": [[3.0, 6.0], [4.5]]},
        "processor_seconds_per_epoch": None,
        "page_faults_per_epoch": 4.5,
        "joules_per_epoch": None,
        "context_switches_per_epoch": None,
    }


def test_what_was_not_measured_is_null_and_comes_back_as_nan() -> None:
    stored = to_extra_info(FAILED)
    unknown = ("seconds_per_epoch", "examples_per_second", "seconds_per_step", "first_epoch_seconds", "learning_rate")
    assert [stored[key] for key in unknown] == [None] * 5
    # NaN equals nothing, itself included; its repr does.
    assert repr(from_extra_info(json.loads(json.dumps(stored, allow_nan=False)))) == repr(FAILED)


SECONDS = st.floats(1e-9, 1e6)
UNKNOWN_OR = st.just(math.nan)
RECORDS = st.builds(
    CellRecord,
    cell=st.builds(Cell, st.text(), st.integers(1, 10**12), st.text()),
    workload_version=st.integers(0, 99),
    compilation=st.text(),
    examples=st.integers(1, 10**12),
    steps_per_epoch=st.integers(1, 10**12),
    first_epoch_seconds=SECONDS | UNKNOWN_OR,
    seconds_per_round=st.lists(st.lists(SECONDS, min_size=1, max_size=4).map(tuple), max_size=4).map(tuple),
    learning_rate=SECONDS | UNKNOWN_OR,
    seed=st.integers(0, 2**32),
    places=st.lists(st.lists(st.integers(0, 99), max_size=3).map(tuple), max_size=3).map(tuple),
    status=st.sampled_from(Status),
    warnings=st.lists(st.text(), max_size=3).map(tuple),
    compilation_trial=st.dictionaries(st.text(), SECONDS | UNKNOWN_OR, max_size=3),
    proof=st.none() | st.builds(Proof, st.sampled_from(Outcome), st.integers(0, 99), st.none() | SECONDS, st.text()),
)


@settings(deadline=None)
@given(RECORDS)
def test_every_record_survives_being_stored(record: CellRecord) -> None:
    assert repr(from_extra_info(json.loads(json.dumps(to_extra_info(record), allow_nan=False)))) == repr(record)


def test_a_file_yields_its_cells_in_order_its_machine_and_its_date(store: Callable[[object], Path]) -> None:
    sweep = read_sweep(store(file_of(to_extra_info(RECORD), to_extra_info(FAILED))))
    assert repr(sweep.records) == repr((RECORD, FAILED))
    assert sweep.machine_info == {"node": "here", "batchmark": {"tensorflow": "2.15.1"}}
    assert sweep.datetime == "2025-01-02T03:04:05+00:00"


def test_benchmarks_of_other_suites_are_ignored_even_with_pythons_nan_in_them(store: Callable[[object], Path]) -> None:
    content = file_of({}, {"workload": 3}, None, {"speed": math.nan}, to_extra_info(RECORD))
    content["benchmarks"] += [3, None, {}]
    assert read_sweep(str(store(content))).records == (RECORD,)


def test_a_key_that_a_later_version_added_is_ignored(store: Callable[[object], Path]) -> None:
    assert read_sweep(store(file_of(to_extra_info(RECORD) | {"peak_bytes": 1}))).records == (RECORD,)


def test_a_cell_played_by_two_tests_is_read_once_and_two_measurements_of_it_are_refused(
    store: Callable[[object], Path],
) -> None:
    assert len(read_sweep(store(file_of(*[to_extra_info(FAILED)] * 2))).records) == 1
    other = replace(RECORD, seconds_per_round=((0.7,),), instruments={})
    complaint = complaint_about(store(file_of(to_extra_info(RECORD), to_extra_info(other))))
    assert "'blobs-32-fit' twice with different rounds; store one sweep a file" in complaint


def test_a_missing_file_says_how_one_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert complaint_about(path) == (
        f"there is no file {path}; a sweep is stored by pytest --benchmark-only --benchmark-json FILE"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert complaint_about(tmp_path) == f"{tmp_path} is a folder; name one of the .json files in it"


def test_a_file_that_may_not_be_read_says_so(store: Callable[[object], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = store("{}")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert complaint_about(path) == f"{path} can't be read: Permission denied; check its permissions"


def test_a_path_that_can_not_exist_is_refused() -> None:
    assert "null byte" in complaint_about("sweep\0.json")


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"benchmarks": [', "not JSON", "[" * 100_000, "9" * 5000, "\x00"],
    ids=["empty", "brace", "truncated", "prose", "deep", "long number", "binary"],
)
def test_a_truncated_file_and_one_that_is_not_json_are_refused(store: Callable[[object], Path], text: str) -> None:
    assert "is truncated or not JSON (" in complaint_about(store(text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sweep.json"
    path.write_bytes(b'{"\xff": 1}')
    assert "is truncated or not JSON (" in complaint_about(path)


@pytest.mark.parametrize(
    "content",
    [[], 3, None, "text", {}, {"benchmarks": []}, file_of() | {"machine_info": 3}, file_of() | {"datetime": None}],
    ids=repr,
)
def test_json_of_something_else_is_refused(store: Callable[[object], Path], content: object) -> None:
    assert "is JSON, but not a file of pytest-benchmark; a sweep is stored by" in complaint_about(
        store(json.dumps(content))
    )


def test_a_file_without_cells_of_ours_says_how_many_benchmarks_it_holds(store: Callable[[object], Path]) -> None:
    assert "holds 2 benchmarks, none of them a cell of batchmark" in complaint_about(store(file_of({}, {})))


@pytest.mark.parametrize("schema", [2, 0, "1", None, True, 1.0])
def test_another_schema_is_named_beside_the_one_that_is_read(store: Callable[[object], Path], schema: object) -> None:
    complaint = complaint_about(store(file_of(to_extra_info(RECORD) | {"batchmark_schema": schema})))
    assert f"batchmark_schema {schema!r} and this version of batchmark reads 1" in complaint
    assert "measure again" in complaint


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("batch_size", "32", "Expected `int`, got `str` - at `$.batch_size`"),
        ("batch_size", 0, "Expected a whole number from 1 up, got 0 - at `$.batch_size`"),
        ("workload", None, "Expected `str`"),
        ("examples", -1, "Expected a whole number from 0 up"),
        ("examples", 0, "no examples"),
        ("steps_per_epoch", 0, "no steps per epoch"),
        ("seconds_per_round", [[0.1], [0.0]], "Expected a number above 0, got 0.0 - at `$.seconds_per_round[1][0]`"),
        ("seconds_per_round", [[-0.1]], "Expected a number above 0"),
        ("seconds_per_round", [[]], "a turn without a round"),
        ("seconds_per_round", [[None]], "Expected a number above 0, got null"),
        ("seconds_per_round", [[math.nan]], "Expected a number above 0, got null"),
        ("seconds_per_round", [[math.inf]], "Expected a number above 0, got null"),
        ("seconds_per_round", 0.1, "Expected `array`"),
        ("first_epoch_seconds", 0.0, "Expected a number above 0, or null"),
        ("first_epoch_seconds", 10**400, ""),
        ("learning_rate", "fast", "Expected `float`"),
        ("status", "fine", "Invalid enum value 'fine'"),
        ("warnings", "one", "Expected `array`"),
        (
            "compilation_trial",
            {"xla": -1.0},
            "Expected a number above 0, or null, got -1.0 - at `$.compilation_trial[...]`",
        ),
    ],
)
def test_a_damaged_cell_is_named_with_what_is_wrong(
    store: Callable[[object], Path], key: str, value: object, reason: str
) -> None:
    complaint = complaint_about(store(file_of(to_extra_info(RECORD) | {key: value})))
    assert "is damaged: " in complaint
    assert reason in complaint
    assert complaint.endswith("; restore the file, or measure again")


@pytest.mark.parametrize("key", sorted(to_extra_info(RECORD).keys() - {"batchmark_schema"}))
def test_a_missing_key_is_named_unless_it_can_be_computed(store: Callable[[object], Path], key: str) -> None:
    stored = to_extra_info(RECORD)
    del stored[key]
    path = store(file_of(stored))
    of_instruments = [metric.name for metric in table.METRICS if metric.is_optional]
    computed = ("seconds_per_epoch", "examples_per_second", "seconds_per_step", "compile_seconds", *of_instruments)
    added_later = (
        "places",
        "tokens_per_example",
        "waiting_share",
        "peak_host_bytes",
        "peak_device_bytes",
        "proof",
        "backend",
    )
    if key == "instruments":
        assert read_sweep(path).records == (replace(RECORD, instruments={}),)
    elif key in computed + added_later:
        assert read_sweep(path).records == (RECORD,)
    else:
        assert f"missing required field `{key}`" in complaint_about(path)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ([[3.0, 6.0]], "page_faults_per_epoch has other rounds than seconds_per_round"),
        ([[3.0], [4.5]], "page_faults_per_epoch has other rounds than seconds_per_round"),
        ([[3.0, -1.0], [4.5]], "Expected a number from 0 up, got -1.0"),
        ([[3.0, None], [4.5]], "Expected a number from 0 up, got null"),
    ],
)
def test_what_an_instrument_showed_is_there_for_every_round(
    store: Callable[[object], Path], shown: object, reason: str
) -> None:
    stored = to_extra_info(RECORD) | {"instruments": {"page_faults_per_epoch": shown}}
    assert reason in complaint_about(store(file_of(stored)))


def test_an_instrument_of_a_later_version_comes_back_as_it_was(store: Callable[[object], Path]) -> None:
    record = replace(RECORD, instruments={"joules_per_epoch": ((1.0, 2.0), (3.0,))})
    assert read_sweep(store(file_of(to_extra_info(record)))).records == (record,)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
ONE_KEY_JUNK = st.builds(
    lambda key, value: file_of(to_extra_info(RECORD) | {key: value}),
    st.sampled_from(sorted(to_extra_info(RECORD))),
    JUNK,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JUNK.map(json.dumps) | JUNK.map(lambda junk: json.dumps(file_of(junk))) | ONE_KEY_JUNK.map(json.dumps))
def test_whatever_a_file_holds_it_is_read_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "junk.json"
    path.write_text(text)
    try:
        assert read_sweep(path).records
    except StoredFileError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  either outcome is right
        str(refused).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=64))
def test_whatever_bytes_a_file_holds_it_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "junk.json"
    path.write_bytes(content)
    complaint_about(path)
