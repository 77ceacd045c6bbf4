"""A release's lock: everything its environment holds, as pip would have installed it on the release's day."""

import datetime as dt

from batchmark.timeline.pins import normal_name
from batchmark.timeline.releases import Line, Release
from batchmark.timeline.uv_index import PLATFORM, uv_compile

_DAY = dt.timedelta(days=1)


def resolve_lock(line: Line, release: Release) -> str:
    """Resolve a release's packages as of its day, or as of the line's, and return the lock's text.

    Where the line has a day of its own, the release's package alone is newer than that day: two locks of such a
    line differ in nothing else, or there is no solution.

    Raises:
        NoSolutionError: There is no such release, or no set of packages that goes with it.
        LockError: The package index can't be reached.
        MissingPackageError: uv is not installed.
    """
    day = line.recipe.resolved or release.released
    options = [f"--exclude-newer={end_of(day)}", "--prerelease=if-necessary-or-explicit"]
    if day < release.released:
        options.append(f"--exclude-newer-package={line.package}={end_of(release.released)}")
    requirements = [f"{line.package}=={release.version}", *line.recipe.beside]
    resolved = uv_compile(requirements, python=line.recipe.python, options=options)
    others = (
        f"everything else as of {day}" if line.recipe.resolved else "what pip would have installed with it that day"
    )
    return "\n".join(
        [
            f"# {release.title}, released {release.released}, and {others}.",
            f"# Python {line.recipe.python}, {PLATFORM}. Never edit it: its bytes are part of the hash of a commit,",
            "# and measurements are stored under that hash. Install it with uv pip install --no-deps -r FILE",
            *sorted((pin for pin in resolved.splitlines() if pin), key=_name),
            "# only for the data in it, so without what it depends on, and without a date",
            *sorted(line.recipe.alone, key=_name),
            "",
        ]
    )


def end_of(day: dt.date) -> str:
    """Return the first moment after a day, in UTC, as uv wants it."""
    return f"{day + _DAY}T00:00:00Z"


def _name(pin: str) -> str:
    return normal_name(pin.partition("==")[0])
