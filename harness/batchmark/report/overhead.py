"""The overhead study's result as text."""

from batchmark.records import Estimate
from batchmark.report.environment import render_environment
from batchmark.report.tables import WIDTH
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.overhead import AIM, Overhead


def render_overhead(result: Overhead) -> str:
    """Return the ratio and that of identical sides, with intervals, what is shown, and the harness's own work."""
    calls = result.calls_per_epoch
    lines = [
        render_environment(result.facts),
        f"{result.workload}, batch size {result.batch_size}, fit: {1e3 * result.seconds_per_epoch:.2f} ms an epoch",
        f"{result.turns:,} turns, each {result.epochs} epochs with the harness and twice {result.epochs} without",
        f"harnessed epoch / bare epoch: {_with_interval(result.ratio)} ({_blocks(result.ratio)})",
        f"bare epoch / bare epoch, the same: {_with_interval(result.identical)} ({_blocks(result.identical)})",
        f"an epoch as the harness tells it / as it took: {_with_interval(result.told)} ({result.told.n:,} epochs)",
        _shown(result),
        f"the harness's own work per round: {1e6 * result.seconds_per_round:.1f} µs",
        f"function calls per epoch: {calls.bare:,.0f} bare, {calls.harnessed:,.0f} harnessed (by a profiler, no noise)",
    ]
    if result.stopped:
        lines.append(f"Not finished: {result.stopped}.")
    return wrapped(lines, WIDTH)


def _with_interval(ratio: Estimate) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.4f} no interval: too few turns"
    return f"{ratio.value:.4f} [{ratio.low:.4f}, {ratio.high:.4f}] at {100 * ratio.level:.0f} %"


def _blocks(ratio: Estimate) -> str:
    return f"{ratio.n} block{'' if ratio.n == 1 else 's'} of turns"


def _shown(result: Overhead) -> str:
    """Return what the intervals say of the aim."""
    low, high, aim = 1 - AIM, 1 + AIM, f"{100 * AIM:g} %"
    if result.identical.lies_beyond(1.0, 1.0):
        return (
            f"Within {aim}: can't be told. Two bare sides differ, too, so more than the harness is in the ratio; "
            "measure again when less else is running."
        )
    if result.ratio.lies_within(low, high):
        return f"Within {aim}: shown."
    if result.ratio.lies_beyond(low, high):
        return f"Within {aim}: no, the whole interval lies beyond it."
    return f"Within {aim}: not shown, the interval reaches beyond it; use more --turns."
