"""Answers of every question in made-up worlds, as they are stored: also those that diverge, and that find nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from batchmark.files.answers import StoredAnswer
from batchmark.files.whole_file import write_whole
from batchmark.loops import FIT
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.questions import noise_along, observed_across, quality_across, schedules_against, target_across
from batchmark.studies.questions.stored import as_stored, as_text
from choice_asked import choice_design, chosen
from claim_results_made import made
from claims_tested import FACTS
from questions_asked import (
    NOISE_DESIGN,
    noise_world,
    observe_design,
    observe_world,
    schedules_design,
    schedules_world,
)
from sizes_asked import quality_design, quality_world, target_design, target_results, target_world


def choice(stopped: str | None = None, facts: Mapping[str, object] = FACTS, **fields: Any) -> StoredAnswer:
    """Return an answer of ``choose``; `fields` are as those of `choice_design`, and `worse`."""
    worse = fields.pop("worse", {128: 0.04})
    return as_stored(chosen(choice_design(**fields), worse=worse), facts, stopped)


def target(stopped: str | None = None, **fields: Any) -> StoredAnswer:
    """Return an answer of ``target``."""
    design = target_design(**fields)
    return as_stored(target_across.judge(target_results(design, target_world()), design), FACTS, stopped)


def quality(stopped: str | None = None, diverged: Mapping[int, int] | None = None, **fields: Any) -> StoredAnswer:
    """Return an answer of ``quality``."""
    design = quality_design(**({"budgets": tuple(Budget)} | fields))
    results = made(design.parts, quality_world({128: -0.03}, diverged=diverged))
    return as_stored(quality_across.judge(results, design), FACTS, stopped)


def noise_scale(**fields: Any) -> StoredAnswer:
    """Return an answer of ``noise-scale``."""
    return as_stored(noise_along.judge(made(NOISE_DESIGN.parts, noise_world(**fields)), NOISE_DESIGN), FACTS, None)


def schedules(*, seeds: int = 30, **fields: Any) -> StoredAnswer:
    """Return an answer of ``schedules``."""
    design = schedules_design(seeds=seeds)
    results = made(design.parts, schedules_world(design, **fields))
    return as_stored(schedules_against.judge(results, design), FACTS, None)


def observe(instrument: str = "distance", **fields: Any) -> StoredAnswer:
    """Return an answer of ``observe``."""
    design = observe_design(instrument)
    results = made(design.parts, observe_world(own=0.05, **fields))
    return as_stored(observed_across.judge(results, design), FACTS, None)


EVERY: dict[str, Callable[[], StoredAnswer]] = {
    "choice": choice,
    "choice of nothing": lambda: choice("interrupted by Ctrl-C", target=0.99, loops=(FIT,)),
    "target": target,
    "target that is never reached": lambda: target("out of time", target=0.99),
    "quality": quality,
    "quality of trainings that diverged": lambda: quality(diverged={128: 12, 8: 1}),
    "noise scale": noise_scale,
    "noise scale that is not told": lambda: noise_scale(vanishing=(2,), diverged=10),
    "schedules": schedules,
    "schedules that diverged": lambda: schedules(seeds=8, diverged=6),
    "observe": lambda: observe(diverged_at=64),
    "observe a spread": lambda: observe("spread"),
}


def write_answer(path: Path, answer: StoredAnswer) -> Path:
    """Write an answer as its verb does, and return where."""
    write_whole(path, as_text(answer))
    return path
