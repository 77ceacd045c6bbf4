"""What our asv plugins make of a published site, without a browser."""

import base64
import hashlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from repository import ROOT

VENDOR = ROOT / "harness" / "batchmark" / "site" / "vendor"
# what npm does not have in the bytes that asv's page asks for: vendor/README.md
OTHER_BYTES = {
    "jquery.flot.js",
    "jquery.flot.time.js",
    "jquery.flot.selection.js",
    "jquery.flot.categories.js",
    "stupidtable.min.js",
}


@pytest.fixture
def offline() -> Any:
    pytest.importorskip("asv", reason="asv is not installed: tox run -e tests-releases has it")
    spec = importlib.util.spec_from_file_location("offline", ROOT / "harness" / "batchmark" / "site" / "offline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def asv_page(offline: Any) -> str:
    found = importlib.util.find_spec("asv")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "www" / "index.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing_from_another_host(offline: Any, asv_page: str) -> None:
    page = offline.offline_page(asv_page)
    assert not re.search(r'<(script|link)[^>]*"(https?:)?//', page)
    loaded = set(re.findall(r'(?:src|href)="vendor/([^"]+)"', page))
    assert loaded == {file.name for file in VENDOR.iterdir()} - {"README.md", "LICENSES.txt", ".gitattributes"}


def test_the_copies_are_the_bytes_that_asv_asks_for(offline: Any, asv_page: str) -> None:
    asked = re.findall(r'"https://\S+?/(\S+)"[^>]*? integrity="(sha\d+)-([^"]+)"', asv_page)
    assert len(asked) == len(offline.STAND_INS)
    same = set()
    for address, algorithm, digest in asked:
        name = next(name for ending, name in offline.STAND_INS.items() if f"/{address}".endswith(f"/{ending}"))
        copied = hashlib.new(algorithm, (VENDOR / name).read_bytes()).digest()
        if base64.b64encode(copied).decode() == digest:
            same.add(name)
    assert same == set(offline.STAND_INS.values()) - OTHER_BYTES


def test_a_script_of_another_host_that_has_no_copy_is_named(offline: Any) -> None:
    page = '<script src="https://example.org/new/plot-9.min.js" crossorigin="anonymous"></script>'
    with pytest.raises(offline.OfflineError, match=r"loads https://example\.org/new/plot-9\.min\.js, of which"):
        offline.offline_page(page)


def test_a_link_that_is_only_followed_when_clicked_is_left(offline: Any) -> None:
    page = '<a href="https://example.org/">elsewhere</a><link href="asv.css" rel="stylesheet"/>'
    assert offline.offline_page(page) == page


def test_results_of_two_machines_are_merged_by_copying_a_folder(two_machines: Any) -> None:
    index = two_machines.read("index.json")
    assert index["params"]["machine"] == ["ours", "theirs"]
    assert sorted(index["machines"]) == ["ours", "theirs"]
    drawn = two_machines.site.glob("graphs/**/workloads.Blobs.track_overhead_per_step.json")
    # each machine on each branch, and the grid's
    assert len(list(drawn)) == 5
