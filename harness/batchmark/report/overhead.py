"""The overhead study's result as text."""

from batchmark.report.environment import render_environment
from batchmark.report.tables import WIDTH
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.overhead import Overhead


def render_overhead(result: Overhead) -> str:
    """Return the ratio with its interval, and the harness's own work per round."""
    ratio, calls = result.ratio, result.calls_per_epoch
    interval = (
        f"[{ratio.low:.4f}, {ratio.high:.4f}] at {100 * ratio.level:.0f} %"
        if ratio.low is not None and ratio.high is not None
        else "no interval: too few turns"
    )
    lines = [
        render_environment(result.facts),
        f"{result.workload}, batch size {result.batch_size}, fit: {1e3 * result.seconds_per_epoch:.2f} ms an epoch",
        f"harnessed epoch / slope of bare fit calls: {ratio.value:.4f} {interval} ({ratio.n} interleaved turns)",
        f"the harness's own work per round: {1e6 * result.seconds_per_round:.1f} µs",
        f"function calls per epoch: {calls.bare:,.0f} bare, {calls.harnessed:,.0f} harnessed (by a profiler, no noise)",
    ]
    if result.turns_left_out:
        lines.append(f"Turns left out, as noise outweighed their epochs: {result.turns_left_out}; use more --epochs.")
    if result.stopped:
        lines.append(f"Not finished: {result.stopped}.")
    return wrapped(lines, WIDTH)
