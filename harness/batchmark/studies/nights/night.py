"""A night's upgrade: compared once, and where something regressed once more, afresh, before anybody is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.comparison import Comparison
from batchmark.errors import BatchmarkError
from batchmark.files.comparison import read_comparison
from batchmark.studies.nights.confirmation import Confirmation, confirm
from batchmark.studies.stored.gate import INCONCLUSIVE, NOTHING_REGRESSED, REGRESSED

Compare = Callable[[Sequence[str]], int]
"""`batchmark upgrade` with these arguments; returns its exit code."""

FIRST, SECOND = "first", "second"
"""The names of the two runs' files."""
_FORMS = {"--json": ".json", "--markdown": ".md", "--junit": ".xml"}
_OURS = (*_FORMS, "--seed", "--refresh")


@dataclass(frozen=True)
class Night:
    """What one night found out."""

    first: Comparison
    confirmation: Confirmation | None
    """None: nothing regressed, so nothing was measured again."""

    @property
    def exit_code(self) -> int:
        """1 where a regression is confirmed, 2 where that can't be told, else 0: inconclusive fails no night."""
        return self.confirmation.exit_code if self.confirmation else NOTHING_REGRESSED


def run_night(
    arguments: Sequence[str], folder: Path, *, seed: int, compare: Compare, device: str | None = None
) -> Night:
    """Compare as `arguments` say, once or twice, and leave the comparisons' files in `folder`.

    The second run has processes, weights and an order of turns of its own. Requirements are resolved by the first one
    alone: a package that is released in between would make another candidate of the second. `device` is what both sides
    have to train on, as in ``GPU``: a framework that finds no driver it likes goes on without a word, on the CPU.

    Raises BatchmarkError: an argument that is the night's own, a run that could not be judged, or another device.
    """
    for argument in arguments:
        if argument.partition("=")[0] in _OURS:
            message = f"{argument} is the night's own to choose; leave it out, and see --into and --first-seed"
            raise BatchmarkError(message)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FIRST, SECOND):
        # Last night's would pass for this one's where a run ends before it writes any.
        for file in _files(folder, name).values():
            file.unlink(missing_ok=True)
    first_code = compare([*arguments, "--refresh", "--seed", str(seed), *_outputs(folder, FIRST)])
    if first_code not in {NOTHING_REGRESSED, REGRESSED, INCONCLUSIVE}:
        message = f"batchmark upgrade ended with exit code {first_code}; what it said stands above"
        raise BatchmarkError(message)
    first = read_comparison(_files(folder, FIRST)["--json"])
    _require(device, first)
    if first_code != REGRESSED:
        return Night(first, None)
    second_code = compare([*arguments, "--seed", str(seed + 1), *_outputs(folder, SECOND)])
    stored = _files(folder, SECOND)["--json"]
    if not stored.exists():
        message = (
            f"the second batchmark upgrade ended with exit code {second_code}, so what regressed in the first is "
            "neither confirmed nor refuted; what it said stands above"
        )
        raise BatchmarkError(message)
    return Night(first, confirm(first, read_comparison(stored)))


def _require(device: str | None, comparison: Comparison) -> None:
    sides = {"baseline": comparison.environment.baseline, "candidate": comparison.environment.candidate}
    for name, facts in sides.items():
        if device is not None and facts.get("device") != device:
            message = (
                f"the {name} trained on {facts.get('device')}, and {device} is required; see its log above for why"
            )
            raise BatchmarkError(message)


def _files(folder: Path, name: str) -> dict[str, Path]:
    return {option: folder / f"{name}{ending}" for option, ending in _FORMS.items()}


def _outputs(folder: Path, name: str) -> list[str]:
    return [part for option, file in _files(folder, name).items() for part in (option, str(file))]
