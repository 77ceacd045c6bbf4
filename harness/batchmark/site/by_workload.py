"""An asv publisher: pictures that name their workload, and none of what is kept for whoever reads the results.

asv's grid shows a benchmark's title alone, and every workload has ``seconds per epoch``. The seeds, the turns and the
beginnings of passes stand among the results to tell which samples belong together: nothing to look at.

`batchmark.site.by_release`, which asv.conf.json names as a plugin, brings it along.
"""

from typing import Any

from asv.publishing import OutputPublisher

from batchmark.timeline import series

_KEPT = frozenset(each.method for each in series.every_series() if each.is_bookkeeping)


class ByWorkload(OutputPublisher):  # type: ignore[misc]  # asv has no types
    """asv's publish calls this before it writes its own pages."""

    name = "workloads"
    button_label = None
    description = "Name workloads"
    order = -1

    @classmethod
    def publish(cls, conf: Any, repo: Any, benchmarks: Any, graphs: Any, revisions: Any) -> None:  # noqa: ANN401  # asv's
        """Give each benchmark of a workload its name, and take out what is no picture."""
        del conf, repo, graphs, revisions
        for name in [name for name in benchmarks if name.rpartition(".")[2] in _KEPT]:
            del benchmarks[name]
        for name, benchmark in benchmarks.items():
            # A benchmark without a title is shown by its own name, its class in it.
            if title := benchmark.get("pretty_name"):
                benchmark["pretty_name"] = f"{name.split('.')[-2]}: {title}"
