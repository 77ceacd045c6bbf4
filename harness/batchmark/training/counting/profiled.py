"""Epochs taken apart: sampled for where their time goes, and profiled for what is called."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from types import CodeType
from typing import TypeVar

from batchmark.profiles import Called, Frame, Operation, Phase, Profile, Stack
from batchmark.training.backend import the_backend
from batchmark.training.counting.calls import COUNTED_BY, Calls, Function, count_calls
from batchmark.training.counting.counting import Counting
from batchmark.training.counting.modules import module_of, modules_by_file, package_of
from batchmark.training.counting.operations import mean_of, operations_of_step
from batchmark.training.counting.phases import by_phase, inside
from batchmark.training.counting.stacks import Samples, sample
from batchmark.training.loop import Loop
from batchmark.workloads.users_code import in_one_line

_SECONDS = 3.0
_MOST_EPOCHS = 200
_FEWEST_EPOCHS = 3
_MOST_STACKS = 1_000
_MOST_CALLED = 1_500
_MOST_OPERATIONS = 100
Seen = TypeVar("Seen")


def profile_epochs(loop: Loop, *, steps_per_epoch: int, anew: Callable[[], Loop]) -> Profile:
    """Return where the epochs of `loop` spend their time, which has trained for some; it trains on.

    `anew` begins the same training once more: operations are counted from its first epoch on.

    What can't be seen here is missing, and says why. Raises whatever training raises.
    """
    took = min(loop.run(2).rounds(), default=_SECONDS)
    epochs = max(_FEWEST_EPOCHS, min(_MOST_EPOCHS, round(_SECONDS / took) if took else _MOST_EPOCHS))
    seconds: list[float] = []
    samples = sample(lambda: seconds.extend(loop.run(epochs).rounds()))
    missing: list[str] = []
    calls = _or_missing(lambda: count_calls(loop.run, epoch_seconds=took), Calls((), {}), "calls", missing)
    nothing: tuple[Operation, ...] = ()
    operations = _or_missing(lambda: _operations(anew, steps_per_epoch, took), nothing, "operations", missing)
    found = _profile(samples, calls, seconds_per_epoch=_mean(seconds), epochs=len(seconds))
    return replace(found, operations=operations, missing=tuple(missing))


def _or_missing(see: Callable[[], Seen], nothing: Seen, what: str, missing: list[str]) -> Seen:
    """Return what `see` returns; where it fails, `nothing`, and why it is missing."""
    try:
        return see()
    except Exception as error:  # noqa: BLE001  a profiler that fails, of any release, is no failure of the training
        missing.append(f"{what}: {in_one_line(error)}")
        return nothing


def _operations(anew: Callable[[], Loop], steps_per_epoch: int, seconds: float) -> tuple[Operation, ...]:
    count = the_backend().counting.operations
    if count is None:
        return ()
    epochs = operations_of_step(anew().run, count, steps_per_epoch=steps_per_epoch, epoch_seconds=seconds)
    most = sorted(mean_of(epochs).items(), key=lambda each: -each[1].seconds)[:_MOST_OPERATIONS]
    return tuple(Operation(kind, totals.count, max(0.0, totals.seconds)) for kind, totals in most)


def _profile(samples: Samples, calls: Calls, *, seconds_per_epoch: float, epochs: int) -> Profile:
    counting, modules = the_backend().counting, modules_by_file()
    seen = by_phase(samples, counting)
    has_phases = any(phase is not None for _, phase, _ in seen)
    # What is outside of the loops over epochs, the call's own set-up, is no epoch's. Without such loops nobody knows.
    told = [(stack, phase, own) for stack, phase, own in seen if phase is not None or not has_phases]
    spent = sum(own for _, _, own in told)
    scale = seconds_per_epoch / spent if spent else 0.0
    frames = _Frames(modules, counting)
    by_stack: dict[tuple[tuple[int, ...], Phase | None], float] = defaultdict(float)
    phases: dict[str, float] = defaultdict(float)
    for stack, phase, own in told:
        if phase is not None:
            phases[phase] += own * scale
        by_stack[tuple(frames.index(code) for code, _ in inside(stack)), phase] += own * scale
    longest = sorted(by_stack.items(), key=lambda each: -each[1])[:_MOST_STACKS]
    called = _called(calls, modules)
    packages = {each.package for each in frames.found} | {each.package for each in called}
    return Profile(
        seconds_per_epoch=seconds_per_epoch,
        epochs=epochs,
        samples=len(samples.seen),
        frames=tuple(frames.found),
        stacks=tuple(Stack(own, phase, spent) for (own, phase), spent in longest),
        phases=dict(phases),
        called=called,
        calls=_mean(calls.by_epoch),
        packages=_versions(packages),
        calls_counted_by=COUNTED_BY,
    )


class _Frames:
    """Numbers the functions that were seen."""

    def __init__(self, modules: Mapping[str, str], counting: Counting) -> None:
        self.found: list[Frame] = []
        self._modules = modules
        self._counting = counting
        self._numbers: dict[CodeType, int] = {}

    def index(self, code: CodeType) -> int:
        if code not in self._numbers:
            function = Function(getattr(code, "co_qualname", code.co_name), code.co_filename, code.co_firstlineno)
            self._numbers[code] = len(self.found)
            module = module_of(function, self._modules)
            runs = self._counting.runs(code.co_filename)
            self.found.append(Frame(function.name, module, function.line, package_of(function), runs))
        return self._numbers[code]


def _called(calls: Calls, modules: Mapping[str, str]) -> tuple[Called, ...]:
    by_place: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for function, count in calls.by_function.items():
        key = (function.name, module_of(function, modules), package_of(function), function.line)
        by_place[key] += count
    most = sorted(by_place.items(), key=lambda each: -each[1])[:_MOST_CALLED]
    return tuple(Called(*key, max(0.0, count)) for key, count in most)


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Return versions by the folder that is imported: a distribution may be called otherwise."""
    distributions = packages_distributions()
    found = {}
    for package in sorted(filter(None, packages)):
        for name in (*distributions.get(package, ()), package):
            try:
                found[package] = version(name)
            except PackageNotFoundError:
                continue
            break
    return found


def _mean(values: Sequence[float] | Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0
