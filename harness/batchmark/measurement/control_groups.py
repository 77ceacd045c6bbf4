"""Linux's control groups around this process: whose files hold its limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ControlGroup:
    """One group, as a folder of files."""

    folder: Path
    version: int
    """1 or 2: they call the same limits by other names."""

    def text(self, name: str) -> str:
        """Return what stands in one of its files; nothing where it can't be read."""
        return text_of(self.folder / name)


def groups_with(controller: str, root: Path) -> Iterator[ControlGroup]:
    """Yield the groups that may limit this process by a `controller`, such as ``memory``, from its own up to the root.

    `root` is where the system's files are. None where the system has no control groups.
    """
    for line in text_of(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            yield from _upwards(root / "sys/fs/cgroup", path, version=2)
        elif controller in controllers.split(","):
            yield from _upwards(root / "sys/fs/cgroup" / controller, path, version=1)


def text_of(path: Path) -> str:
    """Return what stands in a file of the system's; nothing where it can't be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _upwards(mount: Path, path: str, *, version: int) -> Iterator[ControlGroup]:
    # Inside a container the path may be the host's, which isn't there: then the mount is the container's own group.
    parts = Path(path.lstrip("/")).parts
    for length in range(len(parts), -1, -1):
        yield ControlGroup(mount.joinpath(*parts[:length]), version)
