"""What would go onto an index: built, read, and installed into a bare environment outside of the repository.

Run with `tox run -e package`.
"""

import email.message
import email.parser
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import uv

import batchmark
from repository import ROOT

pytestmark = pytest.mark.exhaustive

TENSORFLOW = ("tensorflow-cpu==2.21.0", "keras==3.15.1")
PYTHONS = ("3.11", "3.12", "3.13")
"""What TensorFlow's newest release has wheels for, of what this package asks for."""


def _run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def _uv(*arguments: str | Path) -> str:
    return _run(uv.find_uv_bin(), *arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def source(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.parser.Parser().parsestr(archive.read(name).decode("utf-8"))


def test_the_index_would_take_them(wheel: Path, source: Path) -> None:
    pytest.importorskip("twine")
    said = _run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", wheel, source)
    assert said.count("PASSED") == 2


def test_the_source_distribution_builds_the_very_wheel_that_the_repository_builds(wheel: Path, tmp_path: Path) -> None:
    _uv("build", "--wheel", "--out-dir", tmp_path, ROOT)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_source_distribution_holds_all_that_is_committed(source: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    committed = set(_run("git", "-C", ROOT, "ls-files").splitlines())
    with tarfile.open(source) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert committed - held == set()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    package = {name for name in names if name.startswith("batchmark/")}
    assert {name.partition("/")[0] for name in set(names) - package} == {f"batchmark-{batchmark.__version__}.dist-info"}
    wanted = {str(path.relative_to(ROOT / "harness")) for path in (ROOT / "harness").rglob("*.py")}
    assert wanted - package == set()
    assert {"batchmark/py.typed", "batchmark/declared/pytest.ini", "batchmark/site/releases.js"} <= package
    page = {path.name for path in (ROOT / "harness" / "batchmark" / "report" / "page" / "templates").iterdir()}
    assert {f"batchmark/report/page/templates/{name}" for name in page} <= package


def test_the_metadata_say_what_an_index_shows(metadata: email.message.Message) -> None:
    assert metadata["Version"] == batchmark.__version__
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT"
    assert metadata["Author"]
    assert metadata["Requires-Python"] == ">=3.11"
    classifiers = metadata.get_all("Classifier") or []
    versions = {each.rpartition(" ")[2] for each in classifiers if re.search(r":: Python :: 3\.\d+$", each)}
    assert versions == set(PYTHONS)
    # An address that leads nowhere is worse than none.
    assert all(url.partition(", ")[2].startswith("https://") for url in metadata.get_all("Project-URL") or [])


def test_the_readme_renders_without_links_into_the_repository(metadata: email.message.Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = str(metadata.get_payload())
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert [link for link in links if not link.startswith("https://")] == []
    # What was a link names the page.
    for page in re.findall(r"\]\((docs/[\w/-]+\.md)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert f"`{page}`" in text
    markdown = pytest.importorskip("readme_renderer.markdown")
    html = markdown.render(text)
    assert html
    assert "<table>" in html
    # But for the page's own headings.
    assert re.findall(r'(?:href|src)="(?!https://|#)[^"]*"', html) == []


@pytest.mark.parametrize("python", PYTHONS)
def test_the_wheel_measures_in_a_bare_environment(python: str, wheel: Path, tmp_path: Path) -> None:
    found = subprocess.run(
        [uv.find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", "--system", python],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"no Python {python} here")
    environment = tmp_path / "environment"
    _uv("venv", "--quiet", "--python", found.stdout.strip(), environment)
    _uv("pip", "install", "--quiet", "--python", environment, wheel, *TENSORFLOW)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    program = environment / "bin" / "batchmark"
    # Nothing of this process' own: no path, no settings.
    bare = {"HOME": str(folder), "PATH": os.defpath, "TF_CPP_MIN_LOG_LEVEL": "2"}
    assert "sweep" in _run(program, "--help", cwd=folder, env=bare)
    assert batchmark.__version__ in _run(program, "--version", cwd=folder, env=bare)
    said = _run(program, "sweep", "blobs", "--batch-sizes", "32", "--json", "out.json", cwd=folder, env=bare)
    assert "blobs" in said
    cells = json.loads((folder / "out.json").read_text(encoding="utf-8"))["benchmarks"]
    assert {cell["extra_info"]["status"] for cell in cells} == {"complete"}
    assert {cell["extra_info"]["loop"] for cell in cells} == {"fit", "compiled"}
