"""Made-up worlds for questions put to the laboratory: noise of a known scale, distances, two ways of training."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.course import SPREAD
from batchmark.doors import laboratory_verbs
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.questions.noise_along import NoiseDesign
from batchmark.studies.questions.observed_across import ObserveDesign
from batchmark.studies.questions.schedules_against import SchedulesDesign, way_of
from batchmark.workloads.blobs import BLOBS
from batchmark.workloads.workload import Description
from batchmark.written.schedules import parse_schedule
from claim_results_made import World, arm_of, followed, looks_of, skewed, trained
from claims_tested import MadeLaboratory

DESCRIBED = BLOBS.described(name="blobs", examples=500)
NOISE_DESIGN = NoiseDesign("blobs", 500, 32, (8, 128), 12, 20, 5, 0.01)
LAYERS = ("1 dense", "2 dense")


def noise_world(
    *, power: float = -3.0, spread: float = 0.05, vanishing: tuple[int, ...] = (), diverged: int = 0
) -> World:
    """A noise scale that is 40 at the loss 1, and goes with a power of it.

    |G|² is lost in the noise at the looks `vanishing`; so many of the first seeds diverge after the first look.
    """

    def answer(part: Part) -> object:
        assert isinstance(part, Arm)
        generator = np.random.default_rng(7)
        small_size, large_size = part.instruments[0].batch_sizes

        def loss(look: int) -> NDArray[np.float64]:
            return _lost(np.full(part.seeds, 1.5 - 0.15 * look), look, diverged)

        def squared(size: int) -> Callable[[int], NDArray[np.float64]]:
            def at(look: int) -> NDArray[np.float64]:
                scale = 40 * (1.5 - 0.15 * look) ** power
                gradient = 0.0 if look in vanishing else 2.0
                found = (gradient + 2 * scale * (1 / size - 1 / NOISE_DESIGN.examples)) * (
                    1 + skewed(generator, part.seeds, spread)
                )
                return _lost(found, look, diverged)

            return at

        return followed(
            part,
            0.8,
            validation_loss=loss,
            observed={"noise/small_squared": squared(small_size), "noise/large_squared": squared(large_size)},
        )

    return answer  # type: ignore[return-value]  # trainings


def _lost(values: NDArray[np.float64], look: int, diverged: int) -> NDArray[np.float64]:
    return np.where((np.arange(len(values)) < diverged) & (look > 0), np.nan, values)


def observe_design(instrument: str = "distance", **fields: object) -> ObserveDesign:
    """Return a design; `fields` replace what is made up."""
    made_up = ObserveDesign("blobs", 500, instrument, (16, 64, 256), 16, 9, 20, (Budget.EPOCHS,), (Rate.FIXED,), 0.01)
    return replace(made_up, **fields)  # type: ignore[arg-type]  # a test's own


def observe_world(
    *, power: float = -0.5, diverged_at: int = 0, layers: tuple[str, ...] = LAYERS, own: float = 0.0
) -> World:
    """Values that go with a power of the batch size of the training; one seed diverges at the size `diverged_at`.

    What seeds have of their own at all sizes is always there, `own` is what a training has.
    """

    def answer(part: Part) -> object:
        generator = np.random.default_rng(11)
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        (instrument,) = arm.instruments
        by_seed = 1 + skewed(generator, arm.seeds, 0.1)
        by_seed *= 1 + skewed(np.random.default_rng((13, size)), arm.seeds, own)
        looks = len(looks_of(arm)[0])

        def at(look: int) -> NDArray[np.float64]:
            return np.asarray(by_seed * (look + 1) / looks * size**power)

        observed: dict[str, Callable[[int], NDArray[np.float64]]] = {instrument.kind: at}
        if instrument.kind == SPREAD:
            observed = {
                f"{SPREAD}/{of}/{layer}": _growing(
                    by_seed / of * (1 + skewed(np.random.default_rng(of + at), arm.seeds, own))
                )
                for of in instrument.batch_sizes
                for at, layer in enumerate(layers)
            }
        quality = np.where((np.arange(arm.seeds) < 1) & (size == diverged_at), math.nan, 0.8)
        return trained(part, quality, observed=observed)

    return answer  # type: ignore[return-value]  # trainings


def _growing(values: NDArray[np.float64]) -> Callable[[int], NDArray[np.float64]]:
    return lambda look: values * (look + 1)


def schedules_design(
    reference: str = "batch 32 rate .01 for 10 epochs; rate .002 for 10 epochs",
    candidate: str = "batch 32 rate .01 for 10 epochs; batch 160 for 10 epochs",
    *,
    seeds: int = 30,
    workload: Description = DESCRIBED,
) -> SchedulesDesign:
    """Return two ways of training as they are written."""
    one, other = (
        way_of(parse_schedule(text, where), workload, where)
        for text, where in ((reference, "--compare"), (candidate, "--with"))
    )
    return SchedulesDesign(workload, one, other, seeds)


def schedules_world(
    design: SchedulesDesign, *, quality: float = 0.0, loss: float = 0.0, bump: float = 0.0, diverged: int = 0
) -> World:
    """The candidate differs by so much at the end, and by `bump` at the look after 15 epochs; so many of it diverge."""

    def answer(part: Part) -> object:
        assert isinstance(part, Arm)
        generator = np.random.default_rng(3)
        is_candidate = part == design.arms[1]
        noise = skewed(generator, part.seeds, 0.002)
        end = 0.4 + noise + loss * is_candidate
        end[: diverged if is_candidate else 0] = np.nan
        own = skewed(np.random.default_rng(5 + is_candidate), part.seeds, 0.001)

        def at(look: int) -> NDArray[np.float64]:
            return np.asarray(end + 0.3 / (look + 1) + own * 0.1 + bump * (is_candidate and look == 14))

        return followed(part, 0.82 + noise + own + quality * is_candidate + 0 * end, loss=end, validation_loss=at)

    return answer  # type: ignore[return-value]  # trainings


class QuestionBench:
    """Stands where a verb opens a laboratory: keeps what the verb asked of it."""

    def __init__(self, world: World, *, workload: Description = DESCRIBED) -> None:
        self.world = world
        self.workload = workload
        self.stopped: str | None = None
        self.folders: list[Path] = []
        self.described: list[str] = []
        self.opened: list[MadeLaboratory] = []

    def open(self, folder: Path, *, progress: object, descriptions: object) -> MadeLaboratory:
        assert callable(progress)
        assert descriptions is self
        self.folders.append(folder)
        self.opened.append(MadeLaboratory(self.world, stopped=self.stopped))
        return self.opened[-1]

    def of(self, name: str) -> Description:
        self.described.append(name)
        return replace(self.workload, name=name)

    def stands_in(self, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Stand in for the real ones."""
        monkeypatch.setattr(laboratory_verbs, "Laboratory", self.open)
        monkeypatch.setattr(laboratory_verbs, "Descriptions", lambda **_: self)
        return self

    @property
    def asked(self) -> list[Part]:
        """The parts of the one question that was put."""
        (laboratory,) = self.opened
        return laboratory.asked
