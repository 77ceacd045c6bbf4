"""The command `claims`, by a made-up laboratory."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors import claims as door
from batchmark.doors.command_line import main
from batchmark.studies.claims.claim import Claim
from batchmark.studies.laboratory.parts import Part
from claims_tested import CURVES, FACTS, MadeLaboratory, arm_of, claim_of, everything, finding_of

CLAIMS = tuple(
    claim_of(number, parts=(arm_of(number),), judge=lambda _: finding_of(pictures=(CURVES,))) for number in range(1, 23)
)


class Bench:
    """What the command opened, and what it asked it for."""

    def __init__(self) -> None:
        self.world: Any = everything
        self.stopped: str | None = None
        self.facts: dict[str, object] = dict(FACTS)
        self.folders: list[Path] = []
        self.opened: list[MadeLaboratory] = []

    def open(self, folder: Path, *, progress: object) -> MadeLaboratory:
        assert callable(progress)
        self.folders.append(folder)
        self.opened.append(MadeLaboratory(self.world, stopped=self.stopped, facts=self.facts))
        return self.opened[-1]

    @property
    def asked(self) -> list[int]:
        """The batch sizes of the parts: each claim has that of its number."""
        (laboratory,) = self.opened
        return [part.course.phases[0].batch_size for part in laboratory.asked]  # type: ignore[union-attr]  # arms


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench()
    monkeypatch.setattr(door, "Laboratory", made.open)
    monkeypatch.setattr(door, "all_claims", lambda: CLAIMS)
    return made


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["claims", *arguments])


def test_without_a_number_the_claims_are_listed_and_nothing_is_opened(bench: Bench) -> None:
    result = _run()
    assert result.exit_code == 0
    assert [line[:2].strip() for line in result.stdout.splitlines() if line[:2].strip()][:22] == [
        str(number) for number in range(1, 23)
    ]
    assert not bench.opened


@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        (("2", "4", "11"), [2, 4, 11]),
        (("11", "2", "2"), [2, 11]),
        (("all",), list(range(1, 23))),
        (("4", "all"), list(range(1, 23))),
    ],
)
def test_claims_are_tested_in_the_order_of_their_numbers_each_once(
    bench: Bench, numbers: tuple[str, ...], asked: list[int]
) -> None:
    result = _run(*numbers)
    assert result.exit_code == 0
    assert bench.asked == asked
    assert result.stdout.count("Refuted. Accuracy falls") == len(asked)


@pytest.mark.parametrize("number", ["23", "0", "-1", "two", "2,4", "1-22", ""])
def test_a_number_that_no_claim_has_is_one_line(bench: Bench, number: str) -> None:
    result = _run("--", "3", number)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line == (
        f"batchmark: there is no claim {number!a}; name numbers from 1 to 22, or all (batchmark claims lists them)"
    )
    assert not bench.opened


def test_a_budget_and_a_folder_go_to_the_laboratory(bench: Bench, tmp_path: Path) -> None:
    assert _run("3", "--budget", "45min", "--keep", str(tmp_path / "parts")).exit_code == 0
    assert bench.opened[0].budget == 2700.0
    assert bench.folders == [tmp_path / "parts"]


def test_parts_are_kept_in_the_users_cache_unless_said_otherwise(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "default_folder", lambda: Path("a-cache"))
    _run("3")
    assert bench.folders == [Path("a-cache")]


@pytest.mark.parametrize("option", ["--budget=1min", "--markdown=x.md", "--json=x.json", "--plot=x"])
def test_options_of_tested_claims_without_a_number_are_refused(bench: Bench, option: str) -> None:
    result = _run(option)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"batchmark: {option.partition('=')[0]} is of claims that are tested; name some")
    assert not bench.opened


def test_what_was_not_tested_exits_2_and_the_rest_is_shown(bench: Bench) -> None:
    def world(part: Part) -> object:
        return "the budget was spent before it" if part == arm_of(4) else everything(part)

    bench.world = world
    assert _run("3", "5").exit_code == 0
    bench.opened.clear()
    needy = tuple(_needs_its_part(claim) for claim in CLAIMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "all_claims", lambda: needy)
        result = _run("3", "4")
    assert result.exit_code == 2
    assert "Not tested: the budget was spent before it." in result.stdout
    assert "Refuted. Accuracy falls" in result.stdout


def test_ctrl_c_shows_and_writes_what_is_there_and_exits_2(bench: Bench, tmp_path: Path) -> None:
    bench.stopped = "interrupted by Ctrl-C"
    result = _run("3", "--json", str(tmp_path / "found.json"), "--markdown", str(tmp_path / "found.md"))
    assert result.exit_code == 2
    assert "Not finished: interrupted by Ctrl-C. What was finished is kept" in " ".join(result.stdout.split())
    assert json.loads((tmp_path / "found.json").read_text())["stopped"] == "interrupted by Ctrl-C"
    assert "**Not finished: interrupted by Ctrl-C." in (tmp_path / "found.md").read_text(encoding="utf-8")


def test_pictures_are_drawn_named_and_linked_from_the_page(bench: Bench, tmp_path: Path) -> None:
    page, figures = tmp_path / "docs" / "found.md", tmp_path / "figures"
    result = _run("3", "--plot", str(figures), "--markdown", str(page))
    assert result.exit_code == 0
    assert sorted(path.name for path in figures.iterdir()) == ["claim-3.png", "claim-3.svg"]
    assert f"wrote {figures / 'claim-3.svg'}" in result.stdout
    assert f"wrote {page}" in result.stdout
    assert "](../figures/claim-3.png)" in page.read_text(encoding="utf-8")
    assert (page.parent / "../figures/claim-3.png").resolve().exists()


def test_all_claims_are_a_page_and_one_each_beside_it(bench: Bench, tmp_path: Path) -> None:
    long = tuple(_long(claim) for claim in CLAIMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "all_claims", lambda: long)
        result = _run("all", "--markdown", str(tmp_path / "claims.md"))
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "claims").iterdir()) == sorted(f"{n}.md" for n in range(1, 23))
    assert "[22](claims/22.md)" in (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert bench.asked == list(range(1, 23))


def test_the_hardware_is_stated_and_stored(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine: dict[str, object] = {"processor": "A Processor 9000", "memory_bytes": 8 << 30}
    monkeypatch.setattr(door, "machine_facts", lambda: machine)
    bench.facts = {"tensorflow": "2.21.0", "device": "CPU"}
    result = _run("3", "--json", str(tmp_path / "found.json"))
    stored = json.loads((tmp_path / "found.json").read_text())["environment"]
    assert stored == {"processor": "A Processor 9000", "memory_bytes": 8 << 30, "tensorflow": "2.21.0", "device": "CPU"}
    assert result.stdout.startswith("A Processor 9000 · 8 GiB · TensorFlow 2.21.0")


def test_a_plot_folder_that_cannot_be_made_is_one_line_before_anything_is_trained(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = _run("3", "--plot", str(tmp_path / "file" / "figures"))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: --plot: can't write")
    assert not bench.opened


def test_a_page_that_cannot_be_written_is_one_line_after_what_was_found(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = _run("3", "--markdown", str(tmp_path / "file" / "claims.md"))
    assert result.exit_code == 2
    assert "can't be written" in result.stderr.splitlines()[-1]
    assert "Refuted. Accuracy falls" in result.stdout
    assert bench.opened


def _needs_its_part(claim: Claim) -> Claim:
    (part,) = claim.parts
    return claim_of(claim.number, parts=(part,), judge=lambda results: finding_of(seeds=len(results.of(part).seeds)))  # type: ignore[arg-type]  # an arm


def _long(claim: Claim) -> Claim:
    return claim_of(claim.number, parts=claim.parts, judge=lambda _: finding_of(sentence="It is told at length. " * 30))
