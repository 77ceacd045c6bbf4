"""A folder of stored sweeps as the baseline: which of them it is, and by which the noise between runs is measured.

Of the sweeps that were stored before the candidate on its hardware the newest is the baseline. It has no other claim to
that than its date, so that nobody chooses a baseline by what it says; and what runs of its packages differ by is what
it may differ by from the candidate without anything having changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.comparison import Environments
from batchmark.errors import BatchmarkError, IncomparableError
from batchmark.files.brief import BriefSweep, brief_of, is_part
from batchmark.files.results import Passed, Results, read_sweeps
from batchmark.files.stored_noise import StoredNoise
from batchmark.files.sweep import StoredSweep
from batchmark.records import Cell
from batchmark.studies.live.comparability import require_comparable
from batchmark.studies.stored.copies import each_once
from batchmark.studies.stored.folder_noise import NoiseRuns, measured_noise, runs_for_noise
from batchmark.studies.stored.noise import differing_facts
from batchmark.studies.stored.runs import facts_of
from batchmark.studies.stored.when import NEVER, newest_first, when_stored

_FEWEST_RUNS = 2
_MOST_NAMED = 6

_HARDWARE = "of other hardware"
_LATER = "not stored before the candidate"
_UNFINISHED = "not finished"
_UNDATED = "without a date that can be read"
_OTHER_WORK = "of other work under the same name"
_OTHER_CELLS = "without a cell in common"
_OTHER_HOST = "of another host"
_SAME = "with the candidate's own rounds"


@dataclass(frozen=True)
class Chosen:
    """What of a folder's sweeps is what."""

    runs: tuple[str, ...]
    """The files that could be the baseline, the newest first: it is the first."""
    noise: NoiseRuns
    """Of these, those with the baseline's packages and cells that measure the noise between runs."""
    left_out: Mapping[str, int]
    """How many are none, by why."""


@dataclass(frozen=True)
class FolderBaseline:
    """A baseline that a folder has, and what was found of it."""

    baseline: StoredSweep
    noise: StoredNoise | None
    """None: no two runs tell it."""
    notes: tuple[str, ...]
    """Which file it is, how many runs measured the noise, what was left out and why."""


def baseline_of(folder: Path, candidate: StoredSweep, file: Path) -> FolderBaseline:
    """Return the baseline that `folder` has for a `candidate`, which stands in `file`.

    Raises IncomparableError: no sweep in it, none of the candidate's hardware, none that was stored before.
    """
    brief = brief_of(candidate, str(file))

    def chosen_of(found: Results) -> Chosen:
        sweeps = [each for each in found.sweeps if Path(each.name).resolve() != file.resolve()]
        try:
            return choose(sweeps, brief, folder)
        except IncomparableError as error:
            raise IncomparableError("; ".join([str(error), *_say_unreadable(folder, found.skipped)])) from error

    def wanted(found: Results) -> tuple[str, ...]:
        chosen = chosen_of(found)
        return chosen.runs[0], *chosen.noise.names

    found = read_sweeps(folder, wanted)
    chosen = chosen_of(found)
    whole = {each.name: each.content for each in found.read if isinstance(each.content, StoredSweep)}
    baseline = whole[chosen.runs[0]]
    cells = {each.cell for each in baseline.records} & {each.cell for each in candidate.records}
    told = chosen.noise.told(runs=len(chosen.runs))
    try:
        noise = measured_noise(chosen.noise, whole, cells)
    except BatchmarkError as error:
        noise, told = None, f"not measured: {error}"
    return FolderBaseline(baseline, noise, tuple(_notes(folder, chosen, told, found.skipped)))


def choose(sweeps: Sequence[BriefSweep], candidate: BriefSweep, folder: Path) -> Chosen:
    """Return which of `sweeps`, all that `folder` has, is the baseline of `candidate`, and which measure the noise.

    Where two or more are of the candidate's own host, those of others like it are left out.

    Raises IncomparableError: none is.
    """
    left_out: dict[str, int] = {}
    runs: list[BriefSweep] = []
    for each in newest_first(sweeps):
        if why := _why_not(each, candidate):
            left_out[why] = left_out.get(why, 0) + 1
        else:
            runs.append(each)
    own = [each for each in runs if facts_of(each).get("node") == facts_of(candidate).get("node")]
    if _FEWEST_RUNS <= len(own) < len(runs):
        left_out[_OTHER_HOST] = len(runs) - len(own)
        runs = own
    if not runs:
        raise IncomparableError(_complaint(folder, candidate, len(sweeps), left_out))
    baseline = runs[0]
    common = baseline.seconds_per_epoch.keys() & candidate.seconds_per_epoch.keys()
    alike = [each for each in runs if _tells_noise_of(each, baseline, common)]
    noise = runs_for_noise(each_once(alike, lambda _: common), when_stored(candidate))
    return Chosen(tuple(each.name for each in runs), noise, left_out)


def _why_not(sweep: BriefSweep, candidate: BriefSweep) -> str | None:
    """Return why a sweep is no baseline of the candidate; None: it may be one."""
    when = when_stored(sweep)
    reasons: dict[str, Callable[[], object]] = {
        _SAME: lambda: is_part(sweep, candidate),
        _HARDWARE: lambda: not _is_same_hardware(sweep, candidate),
        _UNDATED: lambda: when == NEVER,
        _LATER: lambda: when >= when_stored(candidate),
        _UNFINISHED: lambda: sweep.stopped,
        _OTHER_CELLS: lambda: not sweep.seconds_per_epoch.keys() & candidate.seconds_per_epoch.keys(),
        _OTHER_WORK: lambda: not _is_same_work(sweep, candidate),
    }
    return next((why for why, is_so in reasons.items() if is_so()), None)


def _is_same_hardware(sweep: BriefSweep, candidate: BriefSweep) -> bool:
    try:
        require_comparable(Environments(facts_of(sweep), facts_of(candidate)))
    except IncomparableError:
        return False
    return True


def _is_same_work(one: BriefSweep, other: BriefSweep) -> bool:
    return all(one.work[name].is_as(other.work[name]) for name in one.work.keys() & other.work.keys())


def _tells_noise_of(sweep: BriefSweep, baseline: BriefSweep, cells: set[Cell]) -> bool:
    is_same_thing = not differing_facts(facts_of(sweep), facts_of(baseline)) and _is_same_work(sweep, baseline)
    return is_same_thing and cells <= sweep.seconds_per_epoch.keys()


def _complaint(folder: Path, candidate: BriefSweep, number: int, left_out: Mapping[str, int]) -> str:
    """Return what is said where there is no baseline."""
    if not number:
        what = "holds no stored sweep but the candidate"
        return f"the folder {folder} {what}; name one with sweeps, as of batchmark sweep --json FILE"
    of = f"of the {number:,} sweep{'' if number == 1 else 's'} in {folder}"
    if left_out.get(_HARDWARE) == number:
        return f"none {of} was measured on the candidate's hardware; name a folder with sweeps of this machine"
    why = f"{of} none can be the baseline of what was stored {candidate.datetime}: {_counted(left_out)}"
    return f"{why}; store a sweep of the same cells before the candidate, or name a file"


def _notes(folder: Path, chosen: Chosen, told: str, unreadable: Sequence[Passed]) -> list[str]:
    runs = len(chosen.runs)
    which = "the only sweep" if runs == 1 else f"the newest of {runs:,} sweeps"
    where = f"{which} in {folder} that {'was' if runs == 1 else 'were'} stored before the candidate on its hardware"
    found = [f"the baseline is {chosen.runs[0]}, {where}; the noise between runs is {told}"]
    if chosen.left_out:
        found.append(f"left out of {folder}: {_counted(chosen.left_out)}")
    return [*found, *_say_unreadable(folder, unreadable)]


def _say_unreadable(folder: Path, unreadable: Sequence[Passed]) -> list[str]:
    if not unreadable:
        return []
    named = "; ".join(f"{each.name}: {each.why}" for each in unreadable[:_MOST_NAMED])
    rest = f"; and {len(unreadable) - _MOST_NAMED} more" if len(unreadable) > _MOST_NAMED else ""
    return [f"{len(unreadable):,} of {folder} can't be read: {named}{rest}"]


def _counted(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {why}" for why, number in left_out.items())
