"""The releases of a bisection as sides that can be compared: each environment as near to the good end's as can be."""

from contextlib import ExitStack
from dataclasses import dataclass, replace

from batchmark.comparison import Comparison
from batchmark.progress import Progress, within
from batchmark.studies.bisection.ends import Ends
from batchmark.studies.bisection.record import packages_of
from batchmark.studies.live.asked_sides import HowToMake, PreparedSide, SideRequest, prepare_side
from batchmark.studies.live.plan import SIDES, UpgradePlan, looks_up_to
from batchmark.studies.live.upgrade import ask_both, run_upgrade, with_facts


@dataclass(frozen=True)
class Grid:
    """What is trained on either side."""

    workloads: tuple[str, ...]
    batch_sizes: str
    loops: tuple[str, ...]
    needs_gpu: bool = False


class LiveReleases:
    """Makes the environments of releases, each once, and compares two of them."""

    def __init__(
        self, ends: Ends, how: HowToMake, grid: Grid, plan: UpgradePlan, *, stack: ExitStack, progress: Progress
    ) -> None:
        """Take what is compared; `stack` removes what is needed while it is."""
        self._ends = ends
        self._how = how
        self._grid = grid
        self._plan = plan
        self._stack = stack
        self._progress = progress
        self._made: dict[str, PreparedSide] = {}

    def compare(self, baseline: str, candidate: str, *, times: int) -> Comparison:
        """Return a live comparison of two versions, with so many times the plan's budget and restarts.

        Raises BatchmarkError: one can't be installed, or the workload can't be trained on it, or is other work there.
        """
        sides = dict(zip(SIDES, map(self._side, (baseline, candidate)), strict=True))
        started = {name: side.start for name, side in sides.items()}
        progress = within(self._progress, phase=f"{self._ends.package} {candidate} against {baseline}: ")
        grid = self._grid
        asked = [
            ask_both(started, name, grid.batch_sizes, grid.loops, progress=progress, needs_gpu=grid.needs_gpu)
            for name in grid.workloads
        ]
        plan = replace(
            self._plan,
            budget_seconds=self._plan.budget_seconds * times,
            looks=looks_up_to(self._plan.looks[-1] * times),
        )
        comparison = run_upgrade(started, asked, plan, progress=progress)
        return with_facts(comparison, {name: side.facts for name, side in sides.items()})

    def _side(self, version: str) -> PreparedSide:
        if version in self._made:
            return self._made[version]
        # The good end is made first, and all others are made as near to it as can be.
        good = str(self._ends.good)
        packages = {} if version == good else packages_of(self._side(good).facts)

        def tell(detail: str) -> None:
            self._progress(phase="environments", done=0, of=1, detail=detail)

        request = SideRequest(f"release {self._ends.package} {version}", self._ends.at(version))
        how = replace(self._how, like={name: kept for name, kept in packages.items() if name != self._ends.name})
        self._made[version] = prepare_side(request, how, stack=self._stack, tell=tell)
        return self._made[version]
