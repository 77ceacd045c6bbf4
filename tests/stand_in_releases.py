"""Stand-ins for releases: a list with its locks, and a package index in a folder."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

HEAD = """\
# a comment stays
python = "3.11"
beside = ["numbers"]
alone = ["digits==0.1"]

[[line]]
branch = "main"
package = "frame"
name = "Frame"
title = "Frame releases"
tag_prefix = "v"

[[line]] # and so does this
branch = "layers"
package = "layers"
name = "Layers"
title = "Layers releases, with Frame 1.1.0 held"
tag_prefix = "layers-"
held = ["frame==1.1.0"]
resolved = 2023-03-01
"""

Listed = tuple[str, str, str]
"""Branch, version and day of a release."""

RELEASES: Sequence[Listed] = (
    ("main", "1.0.1", "2023-02-01"),
    ("main", "1.1.0", "2023-03-01"),
    ("layers", "3.0.0", "2023-02-15"),
)
_PACKAGES = {"main": ("frame", "v"), "layers": ("layers", "layers-")}


def write_list(folder: Path, releases: Sequence[Listed] = RELEASES, *, head: str = HEAD) -> Path:
    """Write a list of releases and the lock of each; return the list."""
    (folder / "locks").mkdir(parents=True, exist_ok=True)
    tables = []
    for branch, version, day in releases:
        package, prefix = _PACKAGES.get(branch, (branch, f"{branch}-"))
        lock = folder / "locks" / f"{prefix}{version}.txt"
        lock.write_text(f"# a stand-in\n{package}=={version}\nnumbers==2.0\n")
        tables.append(f'\n[[release]]\nbranch = "{branch}"\nversion = "{version}"\nreleased = {day}\n')
    path = folder / "releases.toml"
    path.write_text(head + "".join(tables))
    return path


class PackageIndex:
    """A package index in a folder, of wheels with nothing in them; uv takes it for the real one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = (folder / "simple").as_uri()
        self._folder = folder / "simple"
        self._folder.mkdir()
        self._links: dict[str, list[str]] = {}
        for setting in ("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "PIP_INDEX_URL"):
            monkeypatch.delenv(setting, raising=False)
        # One cache for all tests: in it uv keeps what it found out about Python.
        cache = str(folder.parent / "uv-cache")
        for setting, value in {"UV_DEFAULT_INDEX": self.url, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": cache}.items():
            monkeypatch.setenv(setting, value)

    def add(
        self,
        package: str,
        version: str,
        day: str | None = "2023-01-01",
        *,
        needs: str = "",
        yanked: bool = False,
        wheel_for: str = "py3-none-any",
    ) -> None:
        """Upload a version on a day, at ten o'clock; None: the index doesn't say when."""
        page = self._folder / package
        page.mkdir(exist_ok=True)
        name = package.replace("-", "_")
        file = f"{name}-{version}-{wheel_for}.whl"
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        metadata += f"Requires-Dist: {needs}\n" if needs else ""
        with zipfile.ZipFile(page / file, "w") as wheel:
            info = f"{name}-{version}.dist-info"
            wheel.writestr(f"{info}/METADATA", metadata)
            wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {wheel_for}\n")
            wheel.writestr(f"{info}/RECORD", "")
        when = f' data-upload-time="{day}T10:00:00Z"' if day else ""
        withdrawn = ' data-yanked="broken"' if yanked else ""
        links = self._links.setdefault(package, [])
        links.append(f'<a href="{file}"{when}{withdrawn}>{file}</a>')
        (page / "index.html").write_text(f"<!DOCTYPE html><html><body>{'<br>'.join(links)}</body></html>")
