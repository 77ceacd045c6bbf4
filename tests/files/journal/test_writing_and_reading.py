"""What is written line by line is read back as the sweep that it is a part of."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmark.errors import StoredFileError
from batchmark.files.journal.file import LinesFile
from batchmark.files.journal.form import HEADER, Header
from batchmark.files.journal.reading import WITHOUT_A_WORD, read_any_sweep, read_journal
from batchmark.files.journal.writing import Journal
from batchmark.files.stored_form import as_line
from batchmark.files.sweep import read_sweep, to_extra_info
from batchmark.records import CellRecord, Status
from synthetic import record_of

FIRST_LINE = HEADER.line(Header(started="2026-01-02T03:04:05+00:00", machine_info={"node": "here"}))
LIVE = Status.INTERRUPTED
FACTS = {"tensorflow": "2.21.0", "device": "CPU"}

Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Write a journal that is shown these records, one after the other, and return its path."""

    def write(*records: CellRecord, end: bool = False, stopped: str | None = None) -> Path:
        file = LinesFile(tmp_path / "out.json.journal")
        file.append([FIRST_LINE])
        journal = Journal(file)
        journal.know(FACTS)
        for record in records:
            journal.show(record)
        if end:
            journal.end(stopped)
        file.close()
        return file.path

    return write


def _growing(batch_size: int = 32) -> list[CellRecord]:
    """A cell as it is shown: unopened, opened, after each of three visits in two turns, and finished."""
    opened = record_of(batch_size, [], status=LIVE)
    steps = [
        replace(opened, examples=0, steps_per_epoch=0, workload_version=0, compilation=""),
        opened,
        replace(opened, seconds_per_round=((0.5, 0.6),), places=((3,),), instruments={"pages": ((4, 5),)}),
        replace(opened, seconds_per_round=((0.5, 0.6, 0.7),), places=((3, 5),), instruments={"pages": ((4, 5, 6),)}),
        replace(
            opened,
            seconds_per_round=((0.5, 0.6, 0.7), (0.8,)),
            places=((3, 5), (0,)),
            instruments={"pages": ((4, 5, 6), (7,))},
        ),
    ]
    return [*steps, replace(steps[-1], status=Status.COMPLETE, waiting_share=0.25, tokens_per_example=64)]


def test_what_was_finished_is_read_back_equal(written: Write) -> None:
    found = read_journal(written(*_growing(32), *_growing(64), end=True))
    assert found.records == (_growing(32)[-1], _growing(64)[-1])
    assert found.stopped is None
    assert found.machine_info == {"node": "here", "batchmark": FACTS}
    assert found.datetime == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize("shown", range(1, 6))
def test_what_was_cut_off_has_what_there_was_and_says_so(written: Write, shown: int) -> None:
    found = read_journal(written(*_growing()[:shown]))
    assert found.records == (replace(_growing()[shown - 1], warnings=(WITHOUT_A_WORD,)),)
    assert found.stopped == WITHOUT_A_WORD


def test_a_cell_that_was_finished_stays_so_when_another_is_cut_off(written: Write) -> None:
    failed = record_of(8, [], status=Status.FAILED, warnings=("no such layer",))
    found = read_journal(written(*_growing(64), failed, *_growing(32)[:3]))
    assert [record.status for record in found.records] == [Status.COMPLETE, Status.FAILED, Status.INTERRUPTED]
    assert [record.warnings for record in found.records] == [(), ("no such layer",), (WITHOUT_A_WORD,)]


def test_an_end_says_why_and_a_cell_tells_it_once(written: Write) -> None:
    why = "ended by SIGTERM"
    found = read_journal(written(replace(_growing()[3], warnings=(why,)), end=True, stopped=why))
    assert (found.stopped, found.records[0].warnings) == (why, (why,))


def test_each_visit_is_one_short_line_and_nothing_is_written_twice(written: Write) -> None:
    lines = [json.loads(line) for line in written(*_growing(), _growing()[-1]).read_bytes().splitlines()]
    assert [next(iter(line)) for line in lines] == [
        "batchmark_journal",
        "facts",
        *["cell"] * 2,
        *["visit"] * 3,
        "cell",
    ]
    visits = [line["visit"] for line in lines if "visit" in line]
    assert [(v["turn"], v["places"], v["seconds"], v["instruments"]) for v in visits] == [
        (0, [3], [0.5, 0.6], {"pages": [4, 5]}),
        (0, [5], [0.7], {"pages": [6]}),
        (1, [0], [0.8], {"pages": [7]}),
    ]


def test_every_key_of_a_stored_cell_is_in_a_journals_too(written: Write) -> None:
    """What is added to the stored form travels by itself."""
    (line,) = [line for line in written(record_of(32, [])).read_bytes().splitlines() if line.startswith(b'{"cell"')]
    assert json.loads(line)["cell"].keys() == to_extra_info(record_of(32, [])).keys()


def test_wherever_it_is_cut_off_it_is_read_with_all_whole_lines_or_refused_in_one(written: Write) -> None:
    path = written(*_growing(), end=True)
    whole = path.read_bytes()
    seen = set()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            found = read_journal(path)
        except StoredFileError as refused:
            assert "\n" not in str(refused)  # noqa: PT017  either outcome is right
            assert whole[:length].count(b"\n") < 3, "there is a cell"
        else:
            seen.add((len(found.records[0].rounds), found.stopped))
    cut = f"{WITHOUT_A_WORD}; the journal's last line is cut off"
    assert seen == {(rounds, told) for rounds in (0, 2, 3, 4) for told in (WITHOUT_A_WORD, cut)}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["cell", "visit", "facts", "end", "later"])
_NAMED = {"workload": "blobs", "batch_size": 32, "loop": "fit"}
LINES = (
    st.builds(lambda kind, junk: json.dumps({kind: junk}), KINDS, JUNK)
    | st.builds(lambda key, junk: json.dumps({"visit": {**_NAMED, key: junk}}), st.text(), JUNK)
    | st.builds(
        lambda turn, places, seconds, shown: json.dumps(
            {"visit": {**_NAMED, "turn": turn, "places": places, "seconds": seconds, "instruments": shown}}
        ),
        st.integers(),
        st.lists(JUNK, max_size=2),
        st.lists(JUNK, max_size=2),
        JUNK | st.dictionaries(st.text(), st.lists(JUNK, max_size=2), max_size=2),
    )
    | st.text()
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINES, max_size=4))
def test_whatever_lines_it_holds_it_is_read_or_refused_in_one(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "x.journal"
    cell = as_line({"cell": to_extra_info(_growing()[1])})
    path.write_bytes(FIRST_LINE + cell + "\n".join(lines).encode("utf-8", "replace"))
    try:
        assert read_journal(path).records
    except StoredFileError as refused:
        one_line = str(refused)
    else:
        return
    assert one_line.startswith(f"{path}: ")
    assert "\n" not in one_line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (FIRST_LINE[:40], "was cut off in its first line: nothing was measured"),
        (FIRST_LINE, "holds no cell: nothing was measured"),
        (
            FIRST_LINE.replace(b"1,", b"7,", 1),
            "its first line has batchmark_journal 7 and this version of batchmark reads 1",
        ),
        (b'{"batchmark_journal": 1}\n', "its first line is damaged"),
        (FIRST_LINE + b"{\n", "line 2 is damaged"),
        (FIRST_LINE + b'{"visit": {"workload": "x", "batch_size": 1, "loop": "fit"}}\n', "line 2 is damaged"),
        (
            FIRST_LINE + b'{"cell": {"workload": "x", "batch_size": 1, "loop": "fit"}}\n',
            "the cell 'x-1-fit' is JSON, but not a cell of a sweep",
        ),
    ],
    ids=["cut", "empty", "version", "header", "brace", "unknown cell", "schema"],
)
def test_what_can_not_be_read_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.journal"
    path.write_bytes(content)
    with pytest.raises(StoredFileError, match=r"x\.journal: ") as refused:
        read_any_sweep(path)
    assert message in str(refused.value)


def test_what_a_later_line_of_the_cell_replaces_does_not_count(written: Write) -> None:
    path = written(*_growing(), end=True)
    damaged = b'{"cell": {"workload": "blobs", "batch_size": 32, "loop": "fit", "examples": "many"}}\n'
    path.write_bytes(path.read_bytes().replace(b'{"cell"', damaged + b'{"cell"', 1))
    assert read_journal(path).records == (_growing()[-1],)


def test_a_kind_of_line_that_a_later_version_added_is_passed_over(written: Write) -> None:
    path = written(*_growing(), end=True)
    path.write_bytes(path.read_bytes() + b'{"counter": {"calls": 3}}\n')
    assert read_journal(path).stopped is None


@pytest.mark.parametrize("content", [None, "", '{"benchmarks": ['], ids=["missing", "empty", "truncated"])
def test_a_file_that_can_not_be_read_names_the_journal_beside_it(written: Write, content: str | None) -> None:
    journal = written(*_growing()[:4])
    path = journal.parent / "out.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(StoredFileError) as refused:
        read_any_sweep(path)
    assert str(refused.value).endswith(f"; {journal} holds what was measured: type batchmark show {journal}")
    with pytest.raises(StoredFileError):
        read_sweep(path)


def test_a_journal_that_can_not_be_written_any_more_is_told_once_and_the_rest_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    told: list[str] = []
    journal = Journal(LinesFile(tmp_path / "full"), warn=told.append)
    for record in _growing():
        journal.show(record)
    journal.end_turn()
    assert told == [f"the journal {tmp_path}/full can't be written any more: No space left on device"]
    assert journal.records == (_growing()[-1],)
    file = LinesFile(tmp_path / "elsewhere.journal")
    file.append([FIRST_LINE])
    journal.end(None)
    journal.write_again(file)
    file.close()
    assert read_journal(file.path).records == journal.records
