"""One test per batch size: it trains as well as the workload's reference batch size, within the workload's margin.

Run with `pytest --benchmark-skip benchmarks/accuracy`. No `benchmark` fixture, so --benchmark-only leaves it out.
"""

from batchmark.analysis.equivalence import Verdict
from batchmark.plugin import JudgeQuality
from batchmark.report.quality import explain


def test_quality_equals_the_reference(quality_study: JudgeQuality, workload: str, batch_size: int) -> None:
    """Train paired seeds at both batch sizes and test the difference for equivalence."""
    result = quality_study(workload, batch_size)
    assert result.fresh.verdict is Verdict.EQUIVALENT, explain(result)
