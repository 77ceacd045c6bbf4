"""Which sweeps a page shows by themselves: all of some, of many the newest of their kind."""

from datetime import UTC, datetime, timedelta

from batchmark.files.brief import BriefSweep, brief_of
from batchmark.studies.stored.shown import MOST_PARTS, names_to_show, shown
from pages_made import results, sweep

WORK = brief_of(sweep(), "").work["blobs"]


def _sweeps(count: int, machines: int = 1, workloads: tuple[str, ...] = ("blobs",)) -> tuple[BriefSweep, ...]:
    return tuple(
        BriefSweep(f"{at}.json", {}, dict.fromkeys(workloads, WORK), {"node": f"m{at % machines}"}, _time(at))
        for at in range(count)
    )


def _time(hours: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)).isoformat()


def _called(sweeps: tuple[BriefSweep, ...]) -> dict[str, str]:
    return {each.name: str(each.machine_info["node"]) for each in sweeps}


def test_all_of_some_are_shown_the_newest_first_and_with_pictures() -> None:
    sweeps = _sweeps(MOST_PARTS // 2, workloads=("blobs", "digits-mlp"))
    found = shown(sweeps, _called(sweeps))
    assert len(found) == MOST_PARTS
    assert [each.name for each in found][:2] == ["19.json", "19.json"]
    assert all(each.is_pictured for each in found)
    assert [each.is_newest for each in found].count(True) == 2


def test_of_more_the_newest_five_of_a_workload_and_machine_are_shown_and_the_first_with_pictures() -> None:
    sweeps = _sweeps(MOST_PARTS + 1)
    found = shown(sweeps, _called(sweeps))
    assert [each.name for each in found] == ["40.json", "39.json", "38.json", "37.json", "36.json"]
    assert [each.is_pictured for each in found] == [True, False, False, False, False]


def test_of_very_many_machines_each_has_its_newest() -> None:
    sweeps = _sweeps(1_000, machines=200)
    found = shown(sweeps, _called(sweeps))
    assert len(found) == 200
    assert all(each.is_newest and each.is_pictured for each in found)


def test_names_are_those_of_what_has_to_be_read_in_full() -> None:
    assert names_to_show(results(sweep(), sweep(day=2))) == {"0.json", "1.json"}
