"""The table of metrics: every one is whole, called as its file, and found by its name."""

from pathlib import Path

import pytest

import batchmark.metrics
from batchmark.errors import UnknownNameError
from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope
from batchmark.metrics.reading import OfCostCurve
from repository import ROOT

ROOM = Path(batchmark.metrics.__file__).parent
NO_METRIC = {"__init__", "metric", "reading", "table"}


def test_every_file_of_the_room_is_a_line_of_the_table() -> None:
    assert sorted(table.names()) == sorted({path.stem for path in ROOM.glob("*.py")} - NO_METRIC)


def test_what_the_gate_judges_is_documented_for_every_metric() -> None:
    text = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    judged, _, rest = text.partition("## What is judged")[2].partition("\n## ")
    assert [name for name in table.names() if f"`{name}`" not in judged] == []
    assert [name for name in table.between_runs() if f"`{name}`" not in rest] == []


def test_a_name_ends_in_its_unit_or_says_what_it_is_per() -> None:
    for name in table.names():
        assert "_per_" in name or name.endswith(("_seconds", "_bytes")) or name == "quality"


@pytest.mark.parametrize("metric", table.METRICS, ids=table.names())
def test_a_metric_says_all_that_the_verbs_ask_of_it(metric: Metric) -> None:
    assert metric.label
    assert metric.title
    assert (metric.scope is Scope.LOOP) is isinstance(metric.reading, OfCostCurve)
    assert metric.is_in_turns + metric.is_alone_in_a_process + metric.is_after_training + metric.is_counted == 1
    assert metric.tolerance is None or metric.tolerance > 0


def test_a_metric_is_found_by_its_name_and_another_name_is_told_the_known_ones() -> None:
    assert table.named("peak_bytes").name == "peak_bytes"
    with pytest.raises(UnknownNameError, match="unknown metric 'speed'; the metrics are seconds_per_epoch, "):
        table.named("speed")


def test_what_was_judged_by_default_still_is_and_nothing_else() -> None:
    judged = {name: tolerance for name, tolerance in table.default_tolerances().items() if tolerance is not None}
    assert judged == {"seconds_per_epoch": 0.01, "peak_bytes": 0.05}
    assert "quality" not in table.default_tolerances(), "its margin is the workload's own"


def test_what_two_stored_runs_are_taken_to_differ_by_is_known_of_every_ratio() -> None:
    assert table.between_runs().keys() == {
        metric.name for metric in table.METRICS if not metric.is_difference and not metric.is_counted
    }


def test_a_platform_without_a_meter_lacks_the_metric_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    there = list(table.meters())
    assert "page_faults_per_epoch" in there
    import sys  # noqa: PLC0415  its list of modules is changed here alone
    from importlib import reload  # noqa: PLC0415

    from batchmark.metrics import page_faults_per_epoch  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "resource", None)
    without = reload(page_faults_per_epoch).METRIC
    monkeypatch.undo()
    reload(page_faults_per_epoch)
    others = tuple(metric for metric in table.METRICS if metric.name != without.name)
    monkeypatch.setattr(table, "METRICS", (*others, without))
    assert list(table.meters()) == [name for name in there if name != without.name]
    assert table.named("page_faults_per_epoch") is without
