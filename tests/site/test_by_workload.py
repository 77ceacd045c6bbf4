"""What asv's pages show of the series that are tracked."""

from typing import Any

import pytest

from batchmark.timeline import series

pytest.importorskip("asv", reason="asv is not installed: tox run -e tests-releases has it")

from batchmark.site.by_workload import ByWorkload


def _published() -> dict[str, dict[str, Any]]:
    benchmarks = {
        f"workloads.{suite}.{metric.method}": {"pretty_name": metric.title}
        for suite in ("Blobs", "MnistCnn")
        for metric in series.every_series()
    }
    ByWorkload.publish(None, None, benchmarks, None, None)
    return benchmarks


def test_each_picture_names_its_workload() -> None:
    shown = _published()
    assert shown["workloads.Blobs.track_seconds_per_epoch"]["pretty_name"] == "Blobs: seconds per epoch"
    assert shown["workloads.MnistCnn.track_seconds_per_epoch"]["pretty_name"] == "MnistCnn: seconds per epoch"
    titles = [benchmark["pretty_name"] for benchmark in shown.values()]
    assert len(set(titles)) == len(titles)


def test_what_is_kept_to_read_the_others_by_is_not_shown() -> None:
    shown = {name.rpartition(".")[2] for name in _published()}
    assert shown == {metric.method for metric in series.every_series()} - {
        "track_quality_seed",
        "track_turns",
        "track_pass_started",
    }


def test_a_benchmark_without_a_title_is_left_as_it_is() -> None:
    benchmarks = {"suite.time_it": {"pretty_name": None}, "suite.Class.time_it": {}}
    ByWorkload.publish(None, None, benchmarks, None, None)
    assert benchmarks == {"suite.time_it": {"pretty_name": None}, "suite.Class.time_it": {}}


def test_it_comes_before_asvs_own_pages() -> None:
    from asv.plugins.summarygrid import SummaryGrid  # noqa: PLC0415  as above

    assert ByWorkload.order < SummaryGrid.order


def test_the_published_site_has_no_picture_of_what_is_kept(published: Any) -> None:
    shown = published.read("index.json")["benchmarks"]
    assert "workloads.Blobs.track_seconds_per_epoch" in shown
    assert not [name for name in shown if name.endswith("track_turns")]
    listed = [path.read_text(encoding="utf-8") for path in published.site.glob("graphs/**/summary.json")]
    assert any("track_seconds_per_epoch" in text for text in listed)
    assert not any("track_turns" in text for text in listed)
