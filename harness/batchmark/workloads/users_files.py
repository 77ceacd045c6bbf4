"""Which files are the user's own: those around the workload's module, and below the folder that a run began in.

Everything else is somebody else's, and no line of it is blamed: the standard library, what is installed, wherever that
is and however it is reached, another project that is installed to be edited, and what a framework generated.
"""

import importlib.util
import json
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = frozenset(("site-packages", "dist-packages"))
_GENERATED = "__autograph_generated_file"
_LIBRARIES = tuple(
    Path(folder).resolve()
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
    if (folder := sysconfig.get_path(name))
)

_folders: set[Path] = set()
"""The user's, of every workload that was looked for in this process."""
_own: set[Path] = set()
"""Packages and modules that hold a workload and are installed: the user's, though they are where libraries are."""


def add_users_folder(folder: Path) -> None:
    """Take what is below a folder for the user's."""
    _folders.add(folder.resolve())


def add_workloads_module(name: str) -> None:
    """Take what is around the module called `name`, and below the current folder, for the user's; imports nothing."""
    with suppress(OSError):
        if (here := Path.cwd()) != Path(here.anchor):
            add_users_folder(here)
    spec = None
    # A name that can't be a module's is told when it is imported.
    with suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(name.partition(".")[0])
    if spec is None:
        return
    places = spec.submodule_search_locations or ([spec.origin] if spec.has_location and spec.origin else [])
    for place in map(Path, places):
        if _is_installed(place):
            _own.add(place.resolve())
        else:
            add_users_folder(place.parent)


def is_users(filename: str) -> bool:
    """Whether a file of this name, as a traceback has it, is the user's own."""
    if filename.startswith("<") or Path(filename).name.startswith(_GENERATED):
        return False
    path = Path(filename).absolute()
    resolved = path.resolve()
    if resolved.is_relative_to(_PACKAGE):
        return False
    if any(resolved.is_relative_to(own) for own in _own):
        return True
    if _is_installed(path) or _is_edited_library(resolved):
        return False
    return any(_is_below(resolved, folder) for folder in _users_folders())


def _users_folders() -> set[Path]:
    if _folders:
        return _folders
    with suppress(OSError):
        return {Path.cwd().resolve()}
    return set()


def _is_installed(path: Path) -> bool:
    """Whether a file is where packages are installed, under the name it goes by or where that leads to."""
    resolved = path.resolve()
    by_name = any(not _INSTALLED.isdisjoint(each.parts) for each in (path, resolved))
    return by_name or any(resolved.is_relative_to(folder) for folder in _LIBRARIES)


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a file is below a folder, and in no environment or installation target that is below it, too."""
    if not path.is_relative_to(folder):
        return False
    between = [parent for parent in path.parents if parent != folder and parent.is_relative_to(folder)]
    return not any(map(_holds_libraries, between))


def _holds_libraries(folder: Path) -> bool:
    if (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").is_dir():
        return True
    return next(folder.glob("*.dist-info"), None) is not None


def _is_edited_library(path: Path) -> bool:
    """Whether a file is of a project that is installed to be edited and that the user's folders are no part of."""
    return any(
        path.is_relative_to(project) and not any(folder.is_relative_to(project) for folder in _users_folders())
        for project in _edited_projects()
    )


def _edited_projects() -> Iterator[Path]:
    """Yield the folders of projects that are installed to be edited. Source: PEP 610, 2019."""
    # Where nothing went wrong nobody waits for what this brings.
    from urllib.parse import urlsplit  # noqa: PLC0415
    from urllib.request import url2pathname  # noqa: PLC0415

    for distribution in distributions(path=sys.path):
        with suppress(OSError, ValueError, AttributeError):
            origin = json.loads(distribution.read_text("direct_url.json") or "{}")
            if origin.get("dir_info", {}).get("editable"):
                yield Path(url2pathname(urlsplit(origin["url"]).path)).resolve()
