"""Which batch size to use, and why, in about ten lines."""

import math
from collections.abc import Mapping

from batchmark.analysis.equivalence import Verdict
from batchmark.report.laboratory_page import Page, Told, number_with_interval, page_as_text
from batchmark.report.tables import WIDTH, Column
from batchmark.report.target_across import best_seen, critical_batch_size, name_target, rounded
from batchmark.report.units import enumeration, learning_rate, percent
from batchmark.studies.questions.choice_design import Micro
from batchmark.studies.questions.choosing import AsGood, Choice, Gain
from batchmark.written.byte_sizes import format_bytes

_SURE = 0.95
_HARDLY_LONGER = 0.05
_MAY_BE = 0.05
_NO_LONGER = 0.005
_LITTLE = 0.05


def choice_page(choice: Choice, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told: the choice, what it rests on, and the numbers by batch size."""
    design = choice.design
    more = max((at.updates.n for at in choice.answer.sizes), default=0)
    where = f", and up to {more} where that told more" if more > design.seeds else ""
    asked = (
        f"{design.seeds} seeds at each size{where}, up to {design.epochs} epochs; other seeds chose the "
        f"rates{'' if design.target is not None else ' and the target'}."
    )
    return Page(
        f"Which batch size for {design.workload.name}?",
        facts,
        choice_sentence(choice),
        (asked,),
        (_by_size(choice),),
        tuple(choice_lines(choice)),
        stopped,
    )


def render_choice(
    choice: Choice, facts: Mapping[str, object], stopped: str | None = None, *, width: int = WIDTH
) -> str:
    """Return the same as text."""
    return page_as_text(choice_page(choice, facts, stopped), width=width)


def choice_sentence(choice: Choice) -> str:
    """Return what to use, or why nothing is recommended."""
    answer, size = choice.answer, choice.batch_size
    if choice.cheapest is None or size is None:
        if not choice.sizes:
            return "No recommendation: there are no times of epochs by fit."
        return (
            f"No recommendation: no batch size reaches {name_target(answer)} with more than half of its seeds within "
            f"{choice.design.epochs} epochs; {best_seen(answer)}."
        )
    rate = learning_rate(rounded(choice.learning_rate or math.nan))
    took = next((at.seconds for at in answer.sizes if at.batch_size == size), None)
    told = "" if took is None else f": {number_with_interval(took, 's')} of training by fit to {name_target(answer)}"
    how = f", as {_by_micro(choice.micro[size])}," if size in choice.micro else ""
    return f"Use batch size {size}{how} at learning rate {rate}{told}{say_never(choice, size)}."


def say_never(choice: Choice, size: int) -> str:
    """Return how many seeds don't reach the target at a batch size; empty: all do."""
    reached = next((at for at in choice.answer.sizes if at.batch_size == size and at.never), None)
    if reached is None:
        return ""
    who = f"{reached.never} of {reached.updates.n} seeds {'does' if reached.never == 1 else 'do'} not"
    return f"; {who} get there within {choice.design.epochs} epochs"


def choice_lines(choice: Choice) -> list[str]:
    """Return why, and how sure that is: a line for each reason."""
    return [
        *_how_sure(choice),
        *_sooner_for_all(choice),
        *_quality(choice),
        *_speed(choice),
        critical_batch_size(choice.answer),
        *_memory(choice),
        *(f"Batch size {size} doesn't fit: it was trained as {_by_micro(how)}." for size, how in choice.micro.items()),
        *_loops(choice),
        *_energy(choice),
        _rates(choice),
        *_first_look(choice),
        *_surer(choice),
        *(f"Not known: {each}." for each in choice.untold),
        *(f"Not there: {each}." for each in choice.left_out),
        f"Not measured, and so not recommended: {enumeration(_never_measured(choice))}.",
    ]


def _by_micro(how: Micro) -> str:
    return f"micro-batches of {how.size}, {how.times} accumulated"


def _memory(choice: Choice) -> list[str]:
    fits = choice.fits
    if fits is None:
        return []
    if fits.batch_size is None or fits.largest is None:
        return ["Memory: not even batch size 1 fits."]
    within = "" if fits.limit_bytes is None else f" of {format_bytes(fits.limit_bytes)}"
    peak = "" if fits.peak_bytes is None else f", with {format_bytes(fits.peak_bytes)}{within} at most"
    tries = f"{fits.trained} of {fits.tried} trainings at it went through{peak}"
    if fits.trained < fits.tried:
        return [f"Memory: batch size {fits.batch_size:,} does not always fit: {tries}: {fits.why_not}."]
    if fits.is_maximum:
        whole = fits.largest == choice.design.workload.examples
        what = f"all {fits.largest:,} examples in a batch fit" if whole else f"batch size {fits.largest:,} fits"
        limit = f"{what}, and no larger one was tried"
    elif fits.batch_size == fits.largest:
        limit = f"{fits.batch_size:,} is the largest batch size that trains"
    else:
        margin = percent(choice.design.margin or 0.0)
        limit = f"{fits.batch_size:,} leaves {margin} of {fits.largest:,} free, the largest batch size that trains"
    return [f"Memory: {limit}; {tries}."]


def _loops(choice: Choice) -> list[str]:
    """Return what to run epochs by, and what each way gains."""
    if not choice.gains:
        return []
    best = fastest_way(choice)
    use = (
        f"Run it by fit: nothing else that was timed is faster by more than {percent(_LITTLE)}."
        if best is None
        else f"{say_way(best, choice)}."
    )
    rest = [
        f"{each.way}{_told_how(each)} {number_with_interval(each.speedup, '×')}{_by_its_times(each, choice)}"
        for each in choice.gains
        if each is not best
    ]
    return [use, *([f"Others against fit: {'; '.join(rest)}."] if rest else [])]


def fastest_way(choice: Choice) -> Gain | None:
    """Return what gains most over fit, of what is faster by more than 5 % with confidence; None: nothing is."""
    faster = [each for each in choice.gains if (each.speedup.low or 0.0) > 1 + _LITTLE]
    return max(faster, key=lambda each: each.speedup.value, default=None)


def say_way(gain: Gain, choice: Choice) -> str:
    """Return that it is to be run by `gain`, or at which other batch size that would take least time."""
    way, much = f"{gain.way}{_told_how(gain)}", f"{number_with_interval(gain.speedup, '×')} as fast as fit"
    if gain.batch_size in {None, choice.batch_size}:
        return f"Run it by {way}: {much}"
    rate = next((at.learning_rate for at in choice.answer.sizes if at.batch_size == gain.batch_size), math.nan)
    least = f"batch size {gain.batch_size} at learning rate {learning_rate(rounded(rate))} takes least time"
    return f"By {way}, {much}, {least}: use that if you run it so{say_never(choice, gain.batch_size)}"


def _first_look(choice: Choice) -> list[str]:
    early = [str(size) for size in choice.answer.first_look]
    if not early:
        return []
    what = "what takes least time is then what has the shortest epoch" if len(early) == len(choice.sizes) else ""
    also = f", and {what}" if what else ""
    return [f"Reached by the first look, an epoch, at {enumeration(early)}: it may have been there sooner{also}."]


def _told_how(gain: Gain) -> str:
    return "" if gain.how == gain.loop else f" ({gain.how})"


def _by_its_times(gain: Gain, choice: Choice) -> str:
    is_same = gain.batch_size in {None, choice.batch_size}
    return "" if is_same else f"; by its times {gain.batch_size} would take least"


def _energy(choice: Choice) -> list[str]:
    if not choice.joules:
        return []
    least = min(choice.joules, key=lambda size: choice.joules[size])
    told = f"Energy: {choice.joules[least]:.3g} J of the GPU to the target at {least}, the least"
    size = choice.batch_size
    own = f"; {choice.joules[size]:.3g} J at {size}" if size in choice.joules and size != least and size else ""
    return [f"{told}{own}."]


def _never_measured(choice: Choice) -> list[str]:
    design = choice.design
    return [
        *(["what fits into memory (--fits)"] if design.margin is None else []),
        *(["other backends (--backend)"] if not design.backends else []),
        *(["energy (no counter tells it here)"] if not choice.joules else []),
        "batch sizes between these",
    ]


def _how_sure(choice: Choice) -> list[str]:
    found = choice.cheapest
    if found is None:
        return []
    longer = "unknown how much longer" if math.isinf(found.longer) else f"at most {percent(found.longer)} longer"
    longer = "no longer" if found.longer < _NO_LONGER else longer
    others = [
        f"{size} ({percent(share)})"
        for size, share in zip(choice.sizes, found.shares, strict=True)
        if share >= _MAY_BE and size != choice.batch_size
    ]
    also = f" It may be {enumeration(others)} as well." if others else ""
    share = percent(found.shares[found.index])
    told = f"it takes least time in {share} of resamples of seeds and turns, and in 95 % of them {longer}"
    return [f"How sure: {told} than the best.{also}"]


def _sooner_for_all(choice: Choice) -> list[str]:
    """Return where all seeds, as many or more, reach the target soonest, if some don't at the size that is chosen."""
    own = next((at for at in choice.answer.sizes if at.batch_size == choice.batch_size), None)
    if own is None or not own.never:
        return []
    whole = [at for at in choice.answer.sizes if at.seconds and not at.never and at.updates.n >= own.updates.n]
    if not whole:
        return [f"At no batch size all of as many seeds, {own.updates.n}, are known to get there."]
    seconds, soonest = min(((at.seconds, at) for at in whole if at.seconds), key=lambda each: each[0].value)
    took = number_with_interval(seconds, "s")
    return [
        f"At {soonest.batch_size} all of {soonest.updates.n} seeds get there, in {took}: where that is so, the least."
    ]


def _quality(choice: Choice) -> list[str]:
    if not choice.as_good:
        return []
    reference, margin = choice.design.workload.reference_batch_size, choice.design.workload.quality_margin
    by_verdict = {
        verdict: [str(each.batch_size) for each in choice.as_good if each.against.verdict is verdict]
        for verdict in Verdict
    }
    told = f"{choice.fastest_as_good}" if choice.fastest_as_good is not None else "unknown, as there are no times"
    rest = [
        f"{what} at {enumeration(sizes)}"
        for what, verdict in (("different", Verdict.DIFFERENT), ("not settled", Verdict.INCONCLUSIVE))
        if (sizes := by_verdict[verdict])
    ]
    needed = [each.against.seeds_needed for each in choice.as_good if each.against.seeds_needed]
    rest += [f"about {max(needed):,} seeds would settle it"] if needed else []
    whose = f"{reference}, the reference, within ±{margin:g} after {choice.design.epochs} epochs"
    return [f"Fastest that trains as well as {whose}: {'; '.join([told, *rest])}."]


def _speed(choice: Choice) -> list[str]:
    speed = choice.speed
    if speed is None:
        return []
    knee = f"from {speed.knee} on, the knee, less than 5 % is gained"
    return [f"By speed alone: most examples a second at {speed.fastest}; {knee}."]


def _rates(choice: Choice) -> str:
    design = choice.design
    tried = (
        f"of {enumeration([f'{rate:g}' for rate in design.rates])}"
        if design.rates
        else "of 5 or more around the workload's, which follows the square root of the size"
    )
    slope = choice.rate_exponent
    follows = "" if slope is None else f"; over these sizes the best ones go by the size to the power of {slope:.2f}"
    return f"Learning rates are the best {tried}, at each size{follows}."


def _surer(choice: Choice) -> list[str]:
    found, size = choice.cheapest, choice.batch_size
    if found is None or size is None:
        return []
    said: list[str] = []
    if found.shares[found.index] < _SURE and found.longer > _HARDLY_LONGER:
        said.append("more seeds (--seeds, or more time by --budget)")
    if choice.answer.first_look:
        said.append("a harder target (--quality or --loss)")
    ends = {choice.sizes[0]: "smaller", choice.sizes[-1]: "larger"}
    is_largest = choice.fits is not None and not choice.fits.is_maximum and size == choice.fits.batch_size
    is_beyond = not (size == choice.sizes[-1] == choice.design.workload.examples) and size != 1 and not is_largest
    if size in ends and len(choice.sizes) > 1 and is_beyond:
        said.append(f"{ends[size]} batch sizes (--batch-sizes)")
    if any(at.is_at_edge for at in choice.answer.sizes if at.batch_size == size):
        said.append("other learning rates (--rates): its best one is at the edge of what was tried")
    return [f"What would make it surer: {enumeration(said)}."] if said else []


def _by_size(choice: Choice) -> Told:
    columns = (
        Column("batch\nsize"),
        Column("rate", rank=1, name="learning rate"),
        Column("updates", "left", rank=2),
        Column("seconds", "left"),
        Column("least in"),
        Column("never", rank=0 if any(at.never for at in choice.answer.sizes) else 3),
        Column("quality against\nthe reference", "left", rank=1),
    )
    as_good = {each.batch_size: each for each in choice.as_good}
    shares = dict(zip(choice.sizes, choice.cheapest.shares, strict=True)) if choice.cheapest else {}
    rows = tuple(
        (
            str(at.batch_size),
            learning_rate(rounded(at.learning_rate)),
            number_with_interval(at.updates),
            "" if at.seconds is None else number_with_interval(at.seconds, "s"),
            percent(shares[at.batch_size]) if at.batch_size in shares else "",
            f"{at.never} of {at.updates.n}",
            _against(choice, at.batch_size, as_good),
        )
        for at in choice.answer.sizes
    )
    return Told(f"To {name_target(choice.answer)}, by fit: medians over seeds, 95 % intervals", columns, rows)


def _against(choice: Choice, size: int, as_good: Mapping[int, AsGood]) -> str:
    if size == choice.design.workload.reference_batch_size:
        return "reference"
    return f"{as_good[size].against.verdict}" if size in as_good else ""
