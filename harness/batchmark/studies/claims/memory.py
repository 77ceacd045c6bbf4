"""Claim 6: larger batches need more memory."""

from batchmark.analysis.memory_curve import MemoryCurve, fit_memory_curve
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture
from batchmark.studies.claims.told import percent, told
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.workloads.mnist_cnn import MNIST_CNN

SIZES = (16, 64, 256, 512, 1024)
MATTERS = 0.01
"""Growth over the range that would matter, of the peak at the smallest size: 1 %."""
_TIMING = Timing(MNIST_CNN.name, SIZES, turns=3, memory=True)
_MIB = 2**20


def judge(results: Results) -> Finding:
    """Judge the slope of peak memory over batch sizes."""
    records = sorted(results.of_timing(_TIMING).records, key=lambda record: record.cell.batch_size)
    curve = fit_memory_curve(records)
    if curve is None:
        known = sum(record.peak_host_bytes is not None or record.peak_device_bytes is not None for record in records)
        message = f"the peak memory of {known} batch sizes of {MNIST_CNN.name} is known; a slope takes three"
        raise MissingPartError(message)
    peaks = {record.cell.batch_size: peak for record in records if (peak := _peak(record, curve)) is not None}
    smallest, largest = min(peaks), max(peaks)
    growth = _growth(curve, largest - smallest, peaks[smallest])
    answer = _grows(growth)
    whose = "the GPU" if curve.is_device else "the process"
    return Finding(
        answer,
        _sentence(curve, growth, answer, whose, (smallest, largest)),
        (
            Condition(
                f"growth of {whose}'s peak from {smallest} to {largest}, of that at {smallest}", growth, "", answer
            ),
            Condition("peak memory for each example more in a batch", curve.bytes_per_example, "bytes"),
        ),
        seeds=len(peaks),
        notes=(
            (
                f"One process and one measurement a batch size: a line through {len(peaks)}, which explains "
                f"{percent(curve.explained)} of their variance."
            ),
            "P gives no measurement of its own.",
            *_without_peak(records, peaks),
        ),
        pictures=(_picture(curve, peaks),),
    )


def _peak(record: CellRecord, curve: MemoryCurve) -> int | None:
    return record.peak_device_bytes if curve.is_device else record.peak_host_bytes


def _growth(curve: MemoryCurve, examples: int, smallest: int) -> Estimate:
    slope, scale = curve.bytes_per_example, examples / smallest
    low, high = (None if end is None else end * scale for end in (slope.low, slope.high))
    return Estimate(slope.value * scale, low, high, slope.level, slope.n)


def _grows(growth: Estimate) -> Answer:
    """Return whether it grows by what would matter: a growth that is known to be less is none."""
    if growth.high is not None and growth.high < MATTERS:
        return Answer.REFUTED
    return Answer.CONFIRMED if growth.low is not None and growth.low > 0 else Answer.INCONCLUSIVE


def _sentence(curve: MemoryCurve, growth: Estimate, answer: Answer, whose: str, ends: tuple[int, int]) -> str:
    by = f"{told(_in_kib(curve.bytes_per_example), '.1f', ' KiB')} an example"
    share = f"{percent(growth.value, signed=True)} of the peak from {ends[0]} to {ends[1]}"
    match answer:
        case Answer.CONFIRMED:
            return f"Peak memory of {whose} rises with the batch size, by {by}: {share}."
        case Answer.REFUTED:
            return (
                f"Peak memory of {whose} does not rise with the batch size by as much as {percent(MATTERS)}: {by}, "
                f"{share}."
            )
        case _:
            return f"Whether peak memory of {whose} rises with the batch size is not settled: {by}, {share}."


def _in_kib(estimate: Estimate) -> Estimate:
    low, high = (None if end is None else end / 1024 for end in (estimate.low, estimate.high))
    return Estimate(estimate.value / 1024, low, high, estimate.level, estimate.n)


def _without_peak(records: list[CellRecord], peaks: dict[int, int]) -> tuple[str, ...]:
    return tuple(
        f"No peak memory at {record.cell.batch_size}: {record.status}."
        for record in records
        if record.cell.batch_size not in peaks
    )


def _picture(curve: MemoryCurve, peaks: dict[int, int]) -> Picture:
    sizes = tuple(float(size) for size in peaks)
    fitted = tuple((curve.base.value + curve.bytes_per_example.value * size) / _MIB for size in sizes)
    measured = tuple(peak / _MIB for peak in peaks.values())
    lines = (Line("measured", sizes, measured), Line("base + bytes·b", sizes, fitted))
    return Picture("Peak memory", "batch size", "peak memory, MiB", lines)


CLAIM = Claim(
    number=6,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="Larger batches need more memory.",
    workload=MNIST_CNN.name,
    rule=(
        "The slope of peak memory over the batch sizes 16, 64, 256, 512 and 1024, each in a process that does nothing "
        "else, the GPU's where there is one; Student's 95 % interval of a straight line through them. Refuted: it lies "
        f"below what would come to {percent(MATTERS)} more from 16 to 1024. Confirmed: otherwise, where it lies above "
        "0. Else inconclusive."
    ),
    parts=(_TIMING,),
    judge=judge,
)
