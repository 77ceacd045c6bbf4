"""The README's table is what was printed, and its model is measured as written."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pages import README, blocks, text_of
from repository import ROOT

TEXT = text_of(README)
RESULTS = ROOT / "docs" / "results"


def _rows(text: str, pattern: str) -> dict[str, tuple[str, ...]]:
    """Return the first group of each line that matches, with the others."""
    return {match[0]: match[1:] for match in re.findall(pattern, text, re.MULTILINE)}


def test_the_table_has_eight_rows_of_what_was_printed() -> None:
    size, epoch, interval, number = r"^ +(\d+)", r"([\d.]+ [mµ]?s)", r"(\[[\d., ]+\])", r"([\d.,]+)"
    compiled = text_of(RESULTS / "default-sweep-compiled.md")
    by_fit = _rows(
        text_of(RESULTS / "default-sweep.md"), rf"{size}  +{epoch}  +{interval}  +[\d.]+ [mµ]?s  +{number}  "
    )
    by_compiled = _rows(compiled, rf"{size}  +{epoch}  +{interval}  +[\d,]+  +{number}  +{interval}$")
    cell = r" \| "
    table = _rows(
        TEXT, rf"^\| (\d+){cell}{epoch}{cell}{interval}{cell}{number}{cell}{epoch}{cell}{number}{cell}{interval} \|$"
    )
    assert len(table) == 8
    for batch_size, row in table.items():
        assert row[:3] == by_fit[batch_size]
        assert row[3:] == (by_compiled[batch_size][0], *by_compiled[batch_size][2:])


def test_the_backends_are_as_they_were_printed() -> None:
    printed = text_of(RESULTS / "backends-loops.md").partition("\nblobs on ")[2].partition("\ndigits-mlp on ")[0]
    epoch = r"([\d.]+ [mµ]?s)"
    by_fit = {
        name: _rows(printed.partition(f"{name}: ")[2].partition("\n\n")[0], rf"^ +(\d+) +{epoch}  ")
        for name in ("TensorFlow", "JAX", "PyTorch")
    }
    fastest = text_of(RESULTS / "backends.md").partition("\nblobs: ")[2].partition("\ndigits-mlp: ")[0]
    rows = re.findall(rf"^\| (\d+) (?:\| {epoch} ){{6}}\| ([\d.]+) \| (\[[\d., ]+\]) \|$", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == ["8", "32", "128", "500"]
    for line in [line for line in TEXT.splitlines() if re.match(r"\| (8|32|128|500) \|.*\]\s\|$", line)][:4]:
        size, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:3] == [by_fit[name][size][0] for name in by_fit]
        of_size = re.split(r"^ {2,4}(?=\d)", fastest, flags=re.MULTILINE)
        (own,) = [part for part in of_size if part.startswith(f"{size} ")]
        for name, cell in zip(("tensorflow", "jax", "torch"), cells[3:6], strict=True):
            assert re.search(rf"{name} .*  {re.escape(cell)} ", own)
        assert re.search(rf"tensorflow .*  {re.escape(cells[6])}  +{re.escape(cells[7])}", own)


def test_the_verdict_is_what_was_printed() -> None:
    printed = " ".join(text_of(RESULTS / "default-sweep.md").split())
    assert "Fastest: batch size 500, 20,307 examples/s. All others are measurably slower." in printed
    assert (
        "Powers of two are not measurably faster here: at 32, 64, 128 and 256 every simultaneous 95 % interval "
        "includes 1." in printed
    )
    verdict = " ".join(TEXT[TEXT.index("**The verdict**") :].split())
    assert "batch size 500 is the fastest, and all others are measurably slower" in verdict
    assert "at 32, 64, 128 and 256 every simultaneous 95 % interval includes 1." in verdict


def test_a_model_of_ones_own_takes_ten_lines() -> None:
    (code,) = blocks(TEXT, "python")
    assert len([line for line in code.splitlines() if line]) == 10


@pytest.mark.skipif(not version("keras").startswith("3."), reason="the README's data are drawn by Keras 3")
def test_the_model_is_measured_as_written(tmp_path: Path) -> None:
    (code,) = blocks(TEXT, "python")
    (command,) = re.findall(r"`batchmark (sweep training:workload [^`]*)`", TEXT)
    (tmp_path / "training.py").write_text(code, encoding="utf-8")
    # As written, but for how much of it.
    less = ["--batch-sizes=500", "--loop=fit", "--turns=2", "--json=out.json"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("batchmark")), *command.split(), *less],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out.json").exists()


def test_the_platforms_and_the_two_commands_are_there() -> None:
    typed = [line.partition("#")[0].strip() for block in blocks(TEXT, "console") for line in block.splitlines()]
    assert {"$ pip install tox && tox run -e bench", "$ tox run -e tests"} <= set(typed)
