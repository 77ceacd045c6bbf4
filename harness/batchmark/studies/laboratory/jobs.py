"""Trainings that wait for a worker: a worker goes on with what it has compiled."""

import threading
from collections.abc import Iterator, Sequence

from batchmark.studies.laboratory.parts import Arm

_Alike = tuple[object, ...]


class Jobs:
    """A queue of arms; safe to be used from several threads."""

    def __init__(self, arms: Sequence[Arm]) -> None:
        """Take arms, in the order in which they are wanted."""
        self._waiting = list(dict.fromkeys(arms))
        self._lock = threading.Lock()
        self.is_given_up = False
        self._taken: set[_Alike] = set()

    def taken_after(self, last: Arm | None) -> Arm | None:
        """Return the next arm for a worker that trained `last`, or None.

        One that shares with `last` all that is compiled, else its workload, else one of a workload that no worker has
        begun, else of what no other has begun the like, else the first.
        """
        with self._lock:
            if not self._waiting:
                return None
            arm = next(self._preferred(last))
            self._waiting.remove(arm)
            self._taken.add(_alike(arm))
            return arm

    def give_up(self) -> None:
        """Let nothing more be taken."""
        with self._lock:
            self._waiting.clear()
            self.is_given_up = True

    def _preferred(self, last: Arm | None) -> Iterator[Arm]:
        if last is not None:
            yield from (arm for arm in self._waiting if _alike(arm) == _alike(last))
            yield from (arm for arm in self._waiting if _alike(arm)[:2] == _alike(last)[:2])
        workloads = {alike[0] for alike in self._taken}
        yield from (arm for arm in self._waiting if arm.workload not in workloads)
        yield from (arm for arm in self._waiting if _alike(arm) not in self._taken)
        yield from self._waiting


def _alike(arm: Arm) -> _Alike:
    """Return what is equal for arms that are trained by the same compiled steps."""
    sizes = tuple(sorted({phase.batch_size for phase in arm.course.phases}))
    return (arm.workload, arm.settings, arm.seeds, sizes)


def cost_of(arm: Arm, examples: int) -> float:
    """Return about what an arm costs, in steps of seeds: what progress is told by."""
    steps = sum(phase.epochs * -(-examples // min(phase.batch_size, examples)) for phase in arm.course.phases)
    # A step of many seeds at once costs hardly more than of one at small batch sizes.
    return steps * (1.0 + arm.seeds / 20)
