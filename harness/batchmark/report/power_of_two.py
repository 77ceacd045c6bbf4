"""Whether powers of two are faster: the contrasts as a table, the conclusion as a sentence."""

from collections.abc import Sequence

from batchmark.analysis.power_of_two import Against, Conclusion, Contrast, Outcome
from batchmark.report.answer import by_how_much
from batchmark.report.tables import Column, names_left_out, render_table
from batchmark.report.units import NOTHING, enumeration, number_with_interval, percent
from batchmark.studies.sweep.summary import GroupSummary

# More sizes than this are named by their ends, as a grid names them.
_MOST_NAMED = 3


def render_contrasts(summary: GroupSummary, *, width: int, wide: bool = False) -> str:
    """Return a table with a line per power of two; empty if there are no contrasts."""
    if not summary.contrasts:
        return ""
    return render_table(*columns_and_rows(summary), width=width, wide=wide)


def contrasts_left_out(summary: GroupSummary, *, width: int) -> list[str]:
    """Return what the columns are called that are not in a table of `width` characters."""
    return names_left_out(*columns_and_rows(summary), width=width)


def columns_and_rows(summary: GroupSummary) -> tuple[list[Column], list[list[str]]]:
    """Return the columns of what was measured against, and a row for each power of two."""
    by_size: dict[int, dict[Against, Contrast]] = {}
    for contrast in summary.contrasts:
        by_size.setdefault(contrast.comparison.batch_size, {})[contrast.comparison.against] = contrast
    measured = [against for against in Against if any(against in found for found in by_size.values())]
    interval = f"\n[{percent(summary.level)}]"
    columns_of = {
        Against.NEIGHBOURS: (
            Column("its\nneighbours", rank=1),
            Column("ratio to\nneighbours"),
            Column(interval),
        ),
        Against.ROUND_SIZES: (Column("round sizes\nnearby"), Column("ratio to\nthem"), Column(interval)),
    }
    columns = [Column("power\nof two"), *(column for against in measured for column in columns_of[against])]
    rows = [
        [str(size), *(text for against in measured for text in _contrast(found.get(against)))]
        for size, found in by_size.items()
    ]
    return columns, rows


def explain_contrasts(summary: GroupSummary) -> str:
    """Return how to read the table."""
    relative = "the cost curve" if all(c.on_curve for c in summary.contrasts) else "a flat cost per example (no curve)"
    together = (
        f"The intervals hold together at {percent(summary.level)}: they are corrected for all {summary.family} "
        "contrasts of this sweep."
        if summary.family > 1
        else "It is the only contrast of this sweep."
    )
    has_round_sizes = any(c.comparison.against is Against.ROUND_SIZES for c in summary.contrasts)
    leans = " A ratio to round sizes leans on the curve being right there." if has_round_sizes and summary.curve else ""
    return (
        f"Ratio: seconds of the power of two over those of the others, both relative to {relative}; below 1 the "
        f"power of two is faster. {together}{leans}"
    )


def say_whether_faster(conclusion: Conclusion, level: float) -> str:
    """Return the conclusion against neighbours in plain language; empty if there is none."""
    return _sentence(conclusion, level, "Powers of two")


def say_whether_faster_than_round_sizes(conclusion: Conclusion, level: float) -> str:
    """Return the conclusion against round sizes in plain language; empty if there is none."""
    return _sentence(conclusion, level, "Against round sizes nearby, powers of two")


def _sentence(conclusion: Conclusion, level: float, who: str) -> str:
    interval = f"simultaneous {percent(level)} interval"
    sizes = _sizes(conclusion.contrasts)
    faster, slower = (by_how_much(side) for side in (conclusion.faster, conclusion.slower))
    tolerance = f"±{percent(conclusion.tolerance)}"
    match conclusion.outcome:
        case Outcome.FASTER:
            return f"{who} are faster here at {faster}{_the_others(conclusion, interval)}"
        case Outcome.SLOWER:
            return f"{who} are slower here at {slower}{_the_others(conclusion, interval)}"
        case Outcome.MIXED:
            return f"{who} are faster here at {faster} and slower at {slower}{_the_others(conclusion, interval)}"
        case Outcome.NO_DIFFERENCE:
            return (
                f"{who} are neither faster nor slower here: at {sizes} every {interval} lies within {tolerance} of 1."
            )
        case Outcome.INCONCLUSIVE:
            return _inconclusive(conclusion, who, interval)
        case Outcome.NOT_MEASURED:
            return ""


def _inconclusive(conclusion: Conclusion, who: str, interval: str) -> str:
    if not all(contrast.ratio.has_interval for contrast in conclusion.contrasts):
        turns = conclusion.contrasts[0].ratio.n
        return (
            f"{who} may or may not be faster here: {turns} turns are too few for a {interval}. "
            f"Measure {conclusion.turns_needed} turns or more (--turns, and --budget where it ends a sweep early)."
        )
    return (
        f"{who} are not measurably faster here: at {_sizes(conclusion.contrasts)} every {interval} includes 1. A "
        f"difference beyond ±{percent(conclusion.tolerance)} is not ruled out; that would take up to "
        f"about {_roughly(conclusion.turns_needed)} turns."
    )


def _roughly(number: int | None) -> str:
    """Return `number` with the two digits it is good for."""
    return f"{float(f'{number or 0:.1e}'):,.0f}"


def _the_others(conclusion: Conclusion, interval: str) -> str:
    told = (*conclusion.faster, *conclusion.slower)
    others = [contrast for contrast in conclusion.contrasts if contrast not in told]
    rest = f" (at {_sizes(others)} it includes 1)" if others else ""
    return f": the whole {interval} lies off 1{rest}."


def _sizes(contrasts: Sequence[Contrast]) -> str:
    return enumeration([str(contrast.comparison.batch_size) for contrast in contrasts])


def _contrast(contrast: Contrast | None) -> tuple[str, str, str]:
    if contrast is None:
        return NOTHING, NOTHING, NOTHING
    others = contrast.comparison.others
    named = ", ".join(map(str, others)) if len(others) <= _MOST_NAMED else f"{others[0]}..{others[-1]}"
    return (named, *number_with_interval(contrast.ratio, decimals=3))
