"""What is said before anything is drawn."""

import importlib.machinery
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.report.pictures import extra
from batchmark.report.pictures.extra import make_folder, require_drawing


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"altair"}, "altair"),
        ({"vl_convert"}, "vl-convert-python"),
        ({"altair", "vl_convert"}, "altair and vl-convert-python"),
    ],
)
def test_what_is_missing_is_named_in_a_line_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, missing: set[str], named: str
) -> None:
    def find(name: str) -> importlib.machinery.ModuleSpec | None:
        return None if name in missing else importlib.util.find_spec("json")

    monkeypatch.setattr(extra, "find_spec", find)
    with pytest.raises(MissingPackageError) as caught:
        require_drawing()
    assert str(caught.value) == f"--plot needs {named}; type: pip install 'batchmark[plot]'"


def test_nothing_is_said_where_all_is_installed() -> None:
    require_drawing()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BatchmarkError, match="can't write") as caught:
        make_folder(tmp_path / "file" / "figures")
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_into_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    # Made so, as a test that runs as root may write anywhere.
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(BatchmarkError, match="Permission denied"):
        make_folder(tmp_path / "figures")
