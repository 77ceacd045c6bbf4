"""An append-only file that is there, line by line, whatever ends this process."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path


class LinesFile:
    """A new file. A line is written in one call of the system: what was written stays when this process is killed.

    After the first line that can't be written nothing is written any more: `failure` says why.
    """

    def __init__(self, path: Path) -> None:
        """Create `path`; a link, a device or a pipe that is there is written to as it is.

        Raises OSError: FileExistsError for an ordinary file, no such folder, no permission.
        """
        self.path = path.absolute()
        is_special = path.is_symlink() or (path.exists() and not path.is_file())
        self._file = FileIO(self.path, "a" if is_special else "x")
        self.is_ordinary = not is_special
        self.failure: str | None = None

    def append(self, lines: Iterable[bytes]) -> None:
        """Write `lines`, or find out that they can't be."""
        if self.failure is None:
            try:
                for line in lines:
                    self._write(line)
            except (OSError, ValueError) as error:
                self.failure = getattr(error, "strerror", None) or str(error)

    def _write(self, line: bytes) -> None:
        # A disk that fills up takes a part, and tells of the rest at the next call.
        while line:
            line = line[self._file.write(line) or 0 :]

    def sync(self) -> None:
        """Have the system put what was written onto the disk, for when the machine itself goes down."""
        # A pipe can't be; a disk that can't tells so at the next line.
        with suppress(OSError, ValueError):
            os.fsync(self._file.fileno())

    @property
    def is_whole(self) -> bool:
        """Whether the file still stands at its path, with all that was to be written in it."""
        if self.failure is not None or self._file.closed:
            return False
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        """Write no more."""
        with suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        """Close it, and delete it unless something else stands at its path by now."""
        with suppress(OSError):
            if self.is_ordinary and stat.S_ISREG(self.path.lstat().st_mode) and self._is_ours():
                self.path.unlink()
        self.close()

    def _is_ours(self) -> bool:
        return os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
