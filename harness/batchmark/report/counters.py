"""Work that was counted on two sides and that nobody judges: what differs, in one table."""

from collections.abc import Iterable, Sequence

from batchmark.comparison import ComparedCell
from batchmark.metrics import table
from batchmark.report import compared_cells as words
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import enumeration
from batchmark.report.wrapping import wrapped

HEADING = "work that is counted, not judged"
OF_JUDGED = "what work that is counted is made of"


def is_told_with_counters(cell: ComparedCell) -> bool:
    """Whether a cell has its place among the counters: one that is judged stands with all that is judged."""
    return table.named(cell.metric).is_counted and not cell.counts


def render_counters(cells: Iterable[ComparedCell], *, width: int = WIDTH) -> list[str]:
    """Return a block for each workload: a table of what differs, what is alike, and what can't be compared.

    What a count that differs is made of stands there too, whether it is judged or not.
    """
    counted = [cell for cell in words.by_place(cells) if table.named(cell.metric).is_counted]
    workloads = dict.fromkeys(cell.workload for cell in counted)
    blocks = [_block(name, [cell for cell in counted if cell.workload == name], width) for name in workloads]
    return [block for block in blocks if block]


def what_it_is_made_of(cells: Iterable[ComparedCell]) -> list[str]:
    """Return a line for each count of a loop that differs, with the modules or kinds that do, where it differs most.

    And one for each loop that XLA compiles: at which batch sizes both sides run the same program.
    """
    counted = words.by_place(cells)
    most: dict[tuple[str, str | None, str], ComparedCell] = {}
    for cell in counted:
        if cell.parts and differs(cell):
            key = (cell.workload, cell.loop, cell.metric)
            if key not in most or _difference(cell) > _difference(most[key]):
                most[key] = cell
    lines = [_made_of(cell) for cell in most.values()]
    programs = [cell for cell in counted if cell.is_same_program is not None]
    loops = dict.fromkeys((cell.workload, cell.loop) for cell in programs)
    lines += [_programs(own, [cell for cell in programs if (cell.workload, cell.loop) == own]) for own in loops]
    return lines


def _difference(cell: ComparedCell) -> float:
    return abs((cell.candidate or 0.0) - (cell.baseline or 0.0))


def _made_of(cell: ComparedCell) -> str:
    workload, loop, size = words.place(cell)
    sides = [
        f"{part.name} {words.value(cell, part.baseline)} → {words.value(cell, part.candidate)}" for part in cell.parts
    ]
    label = table.named(cell.metric).label
    return f"{label[:1].upper()}{label[1:]} at {size} ({workload}, {loop}), what differs most: {enumeration(sides)}."


def _programs(whose: tuple[str, str | None], cells: Sequence[ComparedCell]) -> str:
    told = []
    for is_same, words_for in ((True, "the same on both sides"), (False, "another at the candidate")):
        sizes = [str(cell.batch_size) for cell in cells if cell.is_same_program is is_same]
        told += [f"{words_for} at {', '.join(sizes)}"] if sizes else []
    return f"XLA's program of a step ({', '.join(filter(None, whose))}) is {', and '.join(told)}."


def differs(cell: ComparedCell) -> bool:
    """Whether two sides' counts differ, beyond what epochs of one side do."""
    low, high = cell.interval
    nothing = 0.0 if table.named(cell.metric).is_difference else 1.0
    if low is None or high is None:
        return cell.baseline is not None and cell.candidate is not None and not _not_comparable(cell)
    return not low <= nothing <= high


def _not_comparable(cell: ComparedCell) -> bool:
    return cell.effect is None and cell.baseline is not None and cell.candidate is not None and cell.rounds == 0


def _block(workload: str, counted: Sequence[ComparedCell], width: int) -> str:
    cells = [cell for cell in counted if is_told_with_counters(cell)]
    differing = [cell for cell in cells if differs(cell)]
    alike = [cell for cell in cells if cell.effect is not None and not differs(cell)]
    parts = [f"{workload}: {HEADING if cells else OF_JUDGED}"]
    if differing:
        parts.append(render_table(_COLUMNS, [_row(cell) for cell in differing], width=width))
    if alike:
        parts.append(wrapped([f"Alike on both sides: {enumeration(_named(alike, cells))}."], width))
    unlike = [cell for cell in cells if _not_comparable(cell)]
    if unlike:
        parts.append(wrapped([f"Not comparable: {enumeration(_named(unlike, cells))}."], width))
    parts += [wrapped([line], width) for line in what_it_is_made_of(counted)]
    return "\n".join(parts) if len(parts) > 1 else ""


_COLUMNS = [
    Column("\ncounter", "left", may_fold=True),
    Column("\nloop", "left", may_fold=True),
    Column("batch\nsize"),
    Column("\nbaseline", rank=1),
    Column("\ncandidate", rank=1),
    Column("\n×"),
]


def _row(cell: ComparedCell) -> list[str]:
    _, loop, size = words.place(cell)
    sides = [words.value(cell, number) for number in (cell.baseline, cell.candidate)]
    return [table.named(cell.metric).label, loop, size, *sides, words.effect(cell)[0]]


def _named(cells: Sequence[ComparedCell], all_cells: Sequence[ComparedCell]) -> list[str]:
    """Return each counter's name once, with the batch sizes where it isn't all that were counted."""
    told = []
    for metric in dict.fromkeys(cell.metric for cell in cells):
        own = [cell for cell in cells if cell.metric == metric]
        sizes = dict.fromkeys(str(cell.batch_size) for cell in own)
        every = len(own) == sum(cell.metric == metric for cell in all_cells)
        told.append(table.named(metric).label + ("" if every else f" at {', '.join(sizes)}"))
    return told
