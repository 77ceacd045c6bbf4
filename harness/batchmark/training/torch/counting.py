"""What PyTorch's own profiler counts of an execution."""

from collections.abc import Callable, Mapping

from torch.profiler import ProfilerActivity, profile

from batchmark.training.counting.operations import Totals

_NO_OPERATION = "[memory]"
"""What was allocated or freed outside of any."""


def count_operations(run: Callable[[], object]) -> Mapping[str, Totals]:
    """Call `run`, and return what each kind of operation came to, of those that run on the processor.

    Those that an operation is made of are counted too, and its seconds are its own without theirs.

    Raises whatever `run` raises.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        run()
    found = {}
    for each in profiled.key_averages():
        if each.key == _NO_OPERATION:
            continue
        allocated = max(0.0, float(each.self_cpu_memory_usage))
        found[each.key] = Totals(float(each.count), each.self_cpu_time_total * 1e-6, allocated)
    return found
