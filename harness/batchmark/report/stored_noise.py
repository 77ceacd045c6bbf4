"""What stored sweeps differ by, as text."""

from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import percent
from batchmark.report.wrapping import wrapped
from batchmark.studies.stored.noise import NoiseOfRuns


def render_stored_noise(found: NoiseOfRuns) -> str:
    """Return each metric's noise, what it was measured by, and what counts for little."""
    title = "What two stored sweeps of the same thing differ by"
    rows = [(metric, percent(spread)) for metric, spread in found.noise.spreads.items()]
    columns = [Column("metric", "left"), Column("standard deviation\nof their ratio")]
    by = f"By {found.noise.runs} sweeps and the {len(found.cells)} cells that all of them have."
    notes = wrapped((by, *found.notes), WIDTH)
    return "\n".join([title, "═" * len(title), render_table(columns, rows, width=WIDTH), "", notes])
