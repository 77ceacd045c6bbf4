"""One way of storing: versions and their upgrades, and what holds of every form that there is."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmark.bounds import Count
from batchmark.comparison import ComparedCell, Policy, ProfiledCell
from batchmark.errors import StoredFileError
from batchmark.files.calibration import CALIBRATION
from batchmark.files.comparison import COMPARISON
from batchmark.files.journal.form import HEADER, Visit
from batchmark.files.journal.reading import read_journal
from batchmark.files.stored_form import Form, Object, in_order
from batchmark.files.sweep import CELL, read_sweep
from batchmark.files.typed import plain, typed
from batchmark.metrics import table
from batchmark.profiles import Profile
from batchmark.records import CellRecord
from batchmark.studies.bisection.file import BISECTION, STEP
from batchmark.studies.live.trace import TRACE
from batchmark.studies.nights.hardware_file import HARDWARE
from batchmark.studies.releases.session_file import SESSION
from batchmark.studies.ruler.counting_file import RUN as COUNTING_RUN
from batchmark.studies.ruler.pages_file import RUN as PAGES_RUN
from batchmark.studies.ruler.power_file import RUN, read_runs
from records_of_any_type import ANYTHING, records


@dataclass(frozen=True)
class Point:
    x: int
    y: int


@dataclass(frozen=True)
class Thing:
    at: Point
    name: str = "it"
    count: Count = 0
    inner: tuple[Point, ...] = ()


def _renamed(older: Object) -> Object:
    return {**{key: value for key, value in older.items() if key != "called"}, "name": older["called"].title()}


POINT = Form(Point, key="point", version=1, name="a point", stored_by="draw one", again="draw again")
THING = Form(
    Thing,
    key="thing",
    version=3,
    name="a thing",
    stored_by="make --thing makes one",
    again="make it again",
    upgrades={1: _renamed, 2: lambda older: {**older, "x": older["x"] + 1}},
    required=("name",),
    flat="at",
    parts={"inner": POINT},
    arranged=lambda thing, form: in_order({**form, "twice": 2 * thing.count}, "name"),
    flaw=lambda thing: "it is at\n0" if thing.at == Point(0, 0) else None,
    title=lambda content: f"the thing {content.get('name')!a}",
)
FORM = {"thing": 3, "name": "It", "x": 4, "y": 5, "count": 6, "inner": [{"point": 1, "x": 7, "y": 8}], "twice": 12}


def test_a_record_is_stored_with_its_version_and_read_back_without_what_is_for_others() -> None:
    thing = Thing(Point(4, 5), "It", 6, (Point(7, 8),))
    assert list(THING.stored(thing).items()) == list(FORM.items())
    assert THING.taken({**FORM, "twice": "anything", "later": 3}) == thing
    assert THING.line(thing) == json.dumps(FORM).encode() + b"\n"


@pytest.mark.parametrize(
    "older", [{"thing": 2, "name": "It", "x": 3, "y": 5}, {"thing": 1, "called": "it", "x": 3, "y": 5}]
)
def test_an_older_version_is_upgraded_step_by_step_and_left_as_it_was(older: Object) -> None:
    before = dict(older)
    assert THING.taken(older) == Thing(Point(4, 5), "It")
    assert older == before


@pytest.mark.parametrize("older", [{"thing": 1}, {"thing": 1, "called": 3, "x": 1, "y": 1}, {"thing": 2, "x": None}])
def test_what_can_not_be_upgraded_is_damaged(older: Object) -> None:
    with pytest.raises(StoredFileError, match=rf"^f\.json is damaged: it can't be read as version {older['thing']} \("):
        THING.taken(older, "f.json")


@pytest.mark.parametrize("version", [0, 4, "1", None, True, 1.0])
def test_another_version_is_named_beside_those_that_are_read(version: object) -> None:
    expected = (
        f"f.json has thing {version!r} and this version of batchmark reads 1, 2, 3; read the file with the version "
        "that wrote it, or make it again"
    )
    with pytest.raises(StoredFileError) as refused:
        THING.taken({**FORM, "thing": version}, "f.json")
    assert str(refused.value) == expected


def test_an_object_without_a_version_is_none_of_these_unless_there_was_a_time_without() -> None:
    without = {key: value for key, value in FORM.items() if key != "thing"}
    with pytest.raises(StoredFileError, match=r"^f\.json is JSON, but not a thing; make --thing makes one$"):
        THING.taken(without, "f.json")
    from_then = replace(THING, version_without_key=3)
    assert from_then.taken(without) == THING.taken(FORM)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"x": "4"},
            "the thing 'It' is damaged: Expected `int`, got `str` - at `$.x`; restore the file, or make it again",
        ),
        ({"count": -1}, "the thing 'It' is damaged: Expected a whole number from 0 up, got -1 - at `$.count`; "),
        ({"x": 0, "y": 0}, "the thing 'It' is damaged: it is at\\n0; "),
        ({"inner": [{"point": 1, "x": 7}]}, "the thing 'It': an entry is damaged: Object missing required field `y`; "),
        ({"inner": [{"point": 2}]}, "the thing 'It': an entry has point 2 and this version of batchmark reads 1; "),
        ({"inner": [3]}, "the thing 'It': an entry is JSON, but not a point; draw one"),
        ({"inner": 3}, "the thing 'It' is damaged: Expected `array`, got `int` - at `$.inner`; "),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_the_key_as_the_file_has_it(change: Object, complaint: str) -> None:
    with pytest.raises(StoredFileError) as refused:
        THING.taken({**FORM, **change})
    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize("key", ["x", "y", "name"])
def test_a_key_that_every_file_has_is_missed_though_the_field_may_have_a_default(key: str) -> None:
    damaged = {name: value for name, value in FORM.items() if name != key}
    with pytest.raises(StoredFileError, match=rf"is damaged: Object missing required field `{key}`; restore"):
        THING.taken(damaged)


def test_a_field_that_is_added_with_a_default_is_written_and_missed_in_no_older_file() -> None:
    """So it is with a field of any record: nothing in `batchmark.files` has to know it."""

    @dataclass(frozen=True)
    class LaterPoint(Point):
        z: float | None = None

    later = replace(POINT, record=LaterPoint)
    assert later.taken(POINT.stored(Point(1, 2))) == LaterPoint(1, 2)
    assert later.taken(later.stored(LaterPoint(1, 2, 0.5))) == LaterPoint(1, 2, 0.5)
    assert POINT.taken(later.stored(LaterPoint(1, 2, 0.5))) == Point(1, 2)


def _judged(cell: ComparedCell) -> ComparedCell:
    """Return `cell` with an effect that its interval is around."""
    effect = 0.5 if cell.effect is None else 1 + abs(cell.effect) % 9
    return replace(cell, effect=effect, interval=(effect / 2, effect * 2) if cell.rounds % 2 else (None, None))


_ROUNDS = st.lists(st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)
_CELLS = records(
    CellRecord,
    seconds_per_round=_ROUNDS,
    examples=st.integers(1, 999),
    steps_per_epoch=st.integers(1, 99),
    instruments=st.just({}),
).flatmap(
    # What instruments show has the shape of the rounds.
    lambda cell: st.dictionaries(st.text(), st.just(cell.seconds_per_round), max_size=2).map(
        lambda shown: replace(cell, instruments=shown)
    )
)
_METRICS = st.sampled_from(table.names())
_TOLERANCES = st.dictionaries(_METRICS, st.none() | st.floats(0, 9))
_POLICIES = records(Policy, tolerances=_TOLERANCES, by_workload=st.dictionaries(st.text(), _TOLERANCES, max_size=2))
_BETWEEN = st.dictionaries(_METRICS, st.floats(0, 1))
_RUNS_BETWEEN = st.dictionaries(_METRICS, st.integers(1, 99))
_COMPARED = st.lists(
    records(ComparedCell, metric=_METRICS).map(_judged),
    max_size=3,
    unique_by=lambda cell: (cell.workload, cell.batch_size, cell.loop, cell.metric),
).map(tuple)


def _of_its_frames(profile: Profile) -> Profile:
    """Return `profile` with stacks of frames that are there."""
    count = len(profile.frames)
    stacks = [
        replace(stack, frames=tuple(index % count for index in stack.frames)) for stack in profile.stacks if count
    ]
    return replace(profile, stacks=tuple(stacks))


_PROFILES = records(Profile).map(_of_its_frames)
_PROFILED = st.lists(records(ProfiledCell, baseline=_PROFILES, candidate=_PROFILES), max_size=1).map(tuple)
_COMPARISONS = records(
    COMPARISON.record,
    cells=_COMPARED,
    policy=_POLICIES,
    between_runs=_BETWEEN,
    runs_between=_RUNS_BETWEEN,
    profiles=_PROFILED,
)
_STEPS = records(
    STEP.record,
    baseline=st.just("1.0"),
    candidate=st.just("2.0"),
    comparisons=st.lists(_COMPARISONS, min_size=1, max_size=1).map(tuple),
)
_ENDS = {"good": st.just("1.0"), "bad": st.just("2.0"), "last_good": st.just("1.0"), "first_bad": st.just("2.0")}
FORMS: dict[str, tuple[Form[Any], st.SearchStrategy[Any]]] = {
    "cell": (CELL, _CELLS),
    "comparison": (COMPARISON, _COMPARISONS),
    "step": (STEP, _STEPS),
    "bisection": (
        BISECTION,
        records(BISECTION.record, steps=st.lists(_STEPS, max_size=1).map(tuple), **_ENDS),
    ),
    "calibration": (CALIBRATION, records(CALIBRATION.record)),
    "session": (SESSION, records(SESSION.record, records=st.lists(_CELLS, max_size=2).map(tuple))),
    "header": (HEADER, records(HEADER.record)),
    "power": (RUN, records(RUN.record)),
    "counting": (COUNTING_RUN, records(COUNTING_RUN.record)),
    "pages": (PAGES_RUN, records(PAGES_RUN.record)),
    "trace": (TRACE, records(TRACE.record)),
    "hardware": (HARDWARE, records(HARDWARE.record, full_text=st.none())),
}
# A machine that does something else too is no reason to fail.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
EVERY_FORM = pytest.mark.parametrize("name", FORMS)


@EVERY_FORM
@settings(_PATIENT, max_examples=50)
@given(data=st.data())
def test_every_record_that_is_written_is_read_back_equal(tmp_path: Path, name: str, data: st.DataObject) -> None:
    form, strategy = FORMS[name]
    record = data.draw(strategy)
    path = tmp_path / "stored.json"
    form.write(path, record)
    json.loads(path.read_bytes(), parse_constant=pytest.fail)
    # NaN equals nothing, itself included; its repr does.
    assert repr(form.read(path)) == repr(record)
    assert form.stored(form.read(path)) == form.stored(record)


@settings(_PATIENT)
@given(records(Visit))
def test_every_visit_of_a_journal_is_read_back_equal(visit: Visit) -> None:
    assert typed(json.loads(json.dumps(plain(visit))), Visit) == visit


STORED = Path(__file__).parents[1] / "data" / "stored"
READERS: dict[str, tuple[Callable[[Path], object], Path]] = {
    "sweep": (read_sweep, STORED / "sweep.json"),
    "journal": (read_journal, STORED / "sweep.json.journal"),
    "comparison": (COMPARISON.read, STORED / "comparison.json"),
    "calibration": (CALIBRATION.read, STORED / "calibration-2.json"),
    "session": (SESSION.read, STORED / "session.json"),
    "power": (read_runs, STORED.parents[2] / "docs" / "measured" / "power.jsonl"),
}
EVERY_READER = pytest.mark.parametrize("name", READERS)


def _read_or_refused_in_one_line(name: str, path: Path) -> object:
    try:
        return READERS[name][0](path)
    except StoredFileError as refused:
        assert str(path) in str(refused)  # noqa: PT017  either outcome is right
        assert "\n" not in str(refused)  # noqa: PT017
        str(refused).encode()
        return None


@EVERY_READER
def test_a_stored_file_is_read_to_begin_with(name: str) -> None:
    assert _read_or_refused_in_one_line(name, READERS[name][1])


@EVERY_READER
@settings(_PATIENT, max_examples=50)
@given(share=st.floats(0, 1), junk=st.binary(max_size=4), at=st.floats(0, 1))
def test_a_file_that_is_cut_off_or_has_other_bytes_in_it_is_refused_in_one_line_or_read(
    tmp_path: Path, name: str, share: float, junk: bytes, at: float
) -> None:
    whole = READERS[name][1].read_bytes()[:5000]
    path = tmp_path / "damaged"
    path.write_bytes(whole[: int(share * len(whole))])
    _read_or_refused_in_one_line(name, path)
    middle = int(at * len(whole))
    path.write_bytes(whole[:middle] + junk + whole[middle + len(junk) :])
    _read_or_refused_in_one_line(name, path)


@EVERY_READER
@settings(_PATIENT, max_examples=100)
@given(data=st.data())
def test_a_file_in_which_a_value_is_another_or_gone_is_refused_in_one_line_or_read(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    lines = _documents(READERS[name][1])
    number = data.draw(st.integers(0, len(lines) - 1))
    lines[number] = _mutated(data, lines[number])
    path = tmp_path / "damaged"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _read_or_refused_in_one_line(name, path)


def _documents(path: Path) -> list[Any]:
    """Return what a file holds: one object, or one a line."""
    text = path.read_text()
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()[:8]]


def _mutated(data: st.DataObject, value: Any) -> Any:
    """Return `value` with something in it, or all of it, replaced or taken out."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys or data.draw(st.integers(0, 9)) == 0:
        return data.draw(ANYTHING | st.floats() | st.sampled_from([-1, 0, 10**400, "fit", 2**70]))
    key = data.draw(st.sampled_from(keys))
    changed = dict(value) if isinstance(value, dict) else list(value)
    if data.draw(st.integers(0, 5)) == 0:
        del changed[key]
    else:
        changed[key] = _mutated(data, changed[key])
    return changed
