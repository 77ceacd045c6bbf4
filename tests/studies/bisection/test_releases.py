"""The releases as sides: each made once, as near to the good end as can be, and compared with more of the budget."""

from contextlib import ExitStack
from typing import Any

import pytest

from batchmark.comparison import Policy
from batchmark.metrics import table
from batchmark.progress import silent
from batchmark.studies.bisection import releases
from batchmark.studies.bisection.releases import Grid, LiveReleases
from batchmark.studies.live.asked_sides import HowToMake, PreparedSide
from batchmark.studies.live.plan import UpgradePlan
from batchmark.workloads import find_workload
from bisected import ENDS
from compared import comparison_of


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Return what is asked of the stand-ins: sides that are made, and upgrades that are run."""
    found: dict[str, list[Any]] = {"sides": [], "upgrades": []}

    def prepare(request: Any, how: HowToMake, **_: Any) -> PreparedSide:
        found["sides"].append((request.requirements, dict(how.like)))
        packages = {"frame": request.requirements.split()[0].partition("==")[2], "numbers": "2.0"}
        return PreparedSide(lambda: pytest.fail("a worker was started"), {"packages": packages})

    def describe(sides: Any, name: str, **_: Any) -> Any:
        workload = find_workload(name)
        return dict.fromkeys(sides, workload.described(name=name, examples=workload.examples))

    def upgrade(_sides: Any, cells: Any, plan: UpgradePlan, **_: Any) -> Any:
        found["upgrades"].append((cells, plan))
        return comparison_of([])

    monkeypatch.setattr(releases, "prepare_side", prepare)
    monkeypatch.setattr("batchmark.studies.live.upgrade.describe_on_both", describe)
    monkeypatch.setattr(releases, "run_upgrade", upgrade)
    return found


def _live(stack: ExitStack) -> LiveReleases:
    plan = UpgradePlan(Policy(table.default_tolerances()), budget_seconds=30.0, looks=(8, 13, 20))
    return LiveReleases(ENDS, HowToMake(), Grid(("blobs",), "16,128", ("fit",)), plan, stack=stack, progress=silent)


def test_each_environment_is_made_once_and_as_near_to_the_good_one_as_can_be(asked: dict[str, list[Any]]) -> None:
    with ExitStack() as stack:
        live = _live(stack)
        for baseline, candidate in (("1.0", "5.0"), ("1.0", "3.0"), ("3.0", "5.0")):
            live.compare(baseline, candidate, times=1)
    near = {"numbers": "2.0"}
    assert asked["sides"] == [
        (f"frame=={v} numbers==2.0", like) for v, like in (("1.0", {}), ("5.0", near), ("3.0", near))
    ]


def test_twice_the_budget_is_twice_the_restarts_too(asked: dict[str, list[Any]]) -> None:
    with ExitStack() as stack:
        _live(stack).compare("1.0", "5.0", times=2)
    ((cells, plan),) = asked["upgrades"]
    assert (plan.budget_seconds, plan.looks) == (60.0, (8, 13, 20, 40))
    assert [cell.batch_size for each in cells for cell in each.cells] == [16, 128]


def test_the_packages_of_both_sides_are_kept_with_the_comparison(asked: dict[str, list[Any]]) -> None:
    with ExitStack() as stack:
        found = _live(stack).compare("1.0", "5.0", times=1)
    assert found.environment.candidate["packages"] == {"frame": "5.0", "numbers": "2.0"}
    assert len(asked["upgrades"]) == 1
