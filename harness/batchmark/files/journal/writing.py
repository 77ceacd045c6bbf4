"""What has been measured so far: in memory, and a line each in a file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from batchmark.files.journal.file import LinesFile
from batchmark.files.journal.form import cell_line, end_line, facts_line, visit_lines
from batchmark.files.stored_form import Object, as_line
from batchmark.records import Cell, CellRecord, Status


class Journal:
    """Is shown each record whenever there is more to it, between the visits: nothing here is in what is timed.

    A cell that is still measured is shown as interrupted, which it is if nothing more comes.
    """

    def __init__(self, file: LinesFile | None = None, *, warn: Callable[[str], None] = lambda _: None) -> None:
        """Begin with nothing measured; `file` has its first line. None: keep it in memory alone.

        `warn` is told, once, that the file can't be written any more; measuring goes on.
        """
        self.file = file
        self._warn = warn
        self._has_warned = False
        self.facts: dict[str, object] = {}
        """Where it is measured, as soon as that is known."""
        self._records: dict[Cell, CellRecord] = {}
        self._stopped: str | None = None
        self._has_ended = False

    @property
    def records(self) -> tuple[CellRecord, ...]:
        """Each cell as it was last shown, in the order in which they first were."""
        return tuple(self._records.values())

    @property
    def has_rounds(self) -> bool:
        """Whether anything has been measured."""
        return any(record.turns for record in self._records.values())

    def know(self, facts: Mapping[str, object]) -> None:
        """Take where it is measured."""
        self.facts = dict(facts)
        self._append([facts_line(self.facts)])

    def show(self, record: CellRecord) -> None:
        """Take what is new of a cell."""
        before = self._records.get(record.cell)
        self._records[record.cell] = record
        described = cell_line(record)
        is_new = before is None or cell_line(before) != described
        self._append([*([described] if is_new else []), *visit_lines(record, after=before)])

    def end_turn(self) -> None:
        """Have the system put a turn's rounds onto the disk."""
        if self.file:
            self.file.sync()

    def end(self, stopped: str | None) -> None:
        """Take that nothing more will come; `stopped` says why measuring ended before its plan did."""
        self._stopped, self._has_ended = stopped, True
        self._append([end_line(stopped)])

    def write_again(self, file: LinesFile) -> None:
        """Go on in another file, which has its first line: the one before was lost."""
        if self.file:
            self.file.close()
        self.file = file
        described = [line for record in self.records for line in (cell_line(record), *visit_lines(record))]
        ended = [end_line(self._stopped)] if self._has_ended else []
        self._append([facts_line(self.facts), *described, *ended])

    def _append(self, lines: Iterable[Object]) -> None:
        if self.file:
            self.file.append(map(as_line, lines))
            if self.file.failure is not None and not self._has_warned:
                self._has_warned = True
                self._warn(f"the journal {self.file.path} can't be written any more: {self.file.failure}")


def marked(record: CellRecord, why: str) -> CellRecord:
    """Return a record that was last shown; `why` is told of one that was not finished."""
    if record.status is not Status.INTERRUPTED or why in record.warnings:
        return record
    return replace(record, warnings=(*record.warnings, why))
