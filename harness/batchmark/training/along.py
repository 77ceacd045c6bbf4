"""Trainings along courses: batch sizes and learning rates that change, looks in between, instruments at the looks."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from batchmark.course import Asked, Course, Phase
from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.by_stretches import ByStretches, by_calls_of_fit
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import evaluations
from batchmark.training.keras_versions import keras, seed_everything
from batchmark.training.loop import RestartableLoop
from batchmark.training.models import current_learning_rate, seeded_model
from batchmark.training.observing import Observing
from batchmark.training.seed_memory import can_repeat
from batchmark.training.seen import Seen, followed
from batchmark.training.single import Progress
from batchmark.training.stacking import StackedTraining
from batchmark.training.subject import Subject
from batchmark.training.template import apart_from_rate
from batchmark.training.walk import Watch, walked
from batchmark.training.ways import Ways
from batchmark.trainings import ALL_AT_ONCE, BY_FIT, Followed, Way

_MOST_KEPT = 4
_ROUNDING = 1e-3


class AlongCourses:
    """Trainings of one workload along courses; keeps what they share: the proof, and what is compiled."""

    def __init__(self, beside: BesideFit) -> None:
        """Take a workload, as its optimizer is set; nothing is trained yet.

        Raises WorkloadError: data that quality can't be judged on, or nothing to judge it by.
        """
        self._subject = Subject(beside)
        self._beside = beside
        self._ways = Ways(beside, self._subject)
        self._fallback: Way | None = None
        # By what is equal for models that may share them.
        self._evaluations: dict[object, Any] = {}
        self._compiled: dict[object, StackedTraining] = {}
        self._loops: dict[object, tuple[RestartableLoop, ByStretches]] = {}
        self._observing: dict[object, Observing] = {}
        self._key_of_instruments: object = None

    def follow(self, asked: Asked, progress: Progress) -> Followed:
        """Train along a course from each seed, and look as often as it says.

        All seeds at once where that was proven to do ``fit``'s work along a course on this model, else by ``fit``.

        Raises WorkloadError, with the user's own line: the model can't be trained or evaluated.
        """
        begun = time.perf_counter()
        way = self._ways.fastest()
        self._prepare(asked)
        seen: list[Seen] = []
        if way.loop == ALL_AT_ONCE:
            try:
                seen = [self._at_once(asked, progress)]
            except BatchmarkError:
                # Of an instrument, or of an evaluation: no other way of training would help.
                raise
            except Exception as error:  # noqa: BLE001  whatever compiling a user's model at this size may raise
                if self._fallback is None:
                    self._fallback = self._ways.one_by_one(f"{type(error).__name__} in stacking")
                way = self._fallback
        if not seen:
            with self._beside.short.blamed():
                seen = self._one_by_one(asked, way.loop, progress)
        seconds = time.perf_counter() - begun
        return followed(asked.seeds, seen, method=way.told, seconds=seconds, proof=way.proof)

    def _at_once(self, asked: Asked, progress: Progress) -> Seen:
        model = self._model(asked.course, asked.seeds[0])
        the_backend().variables.trace(model, self._subject.train, asked.course.phases[0].batch_size)
        weights = [self._subject.initial_weights(seed) for seed in asked.seeds]
        stacked = self._stacked(model, weights)
        watch = self._watch(asked, lambda: _by_seed(stacked.all_weights(), len(asked.seeds)))
        return walked(asked.course, stacked, asked.seeds, self._subject.train.examples, watch=watch, progress=progress)

    def _stacked(self, model: Any, weights: Sequence[Any]) -> StackedTraining:
        """Return a training that begins from `weights`: a compiled one, where all but the rate is alike."""
        stacking = the_backend().stacking
        kind = self._kind_of(model)
        key = (kind, len(weights))
        if key in self._compiled:
            stacked = self._compiled[key]
            stacked.restart(weights)
            rate = current_learning_rate(model)
            if rate is not None and is_settable(model):
                stacked.set_learning_rate(rate)
            return stacked
        if kind not in self._evaluations:
            _make_room(self._evaluations)
            self._evaluations[kind] = stacking.evaluation(model, self._subject.quality, *self._subject.tests)
        _make_room(self._compiled)
        made = stacking.training(
            model,
            self._subject.quality,
            self._subject.train,
            self._evaluations[kind],
            batch_size=1,
            weights=weights,
            orders=[Shuffled(self._subject.train.examples, 0) for _ in weights],
        )
        self._compiled[key] = made
        return made

    def _kind_of(self, model: Any) -> object:
        """Return what is equal for models of this workload that may share what is compiled: all but the rate is alike.

        A workload whose function takes no learning rate builds the same model each time. Of one that does, what else it
        makes of the rate shows in what Keras would save of the model; where it doesn't, only equal rates are alike.
        """
        if self._subject.workload.learning_rate is None:
            return "built alike"
        return apart_from_rate(model) or ("rate", current_learning_rate(model))

    def _one_by_one(self, asked: Asked, loop: str, progress: Progress) -> list[Seen]:
        train = self._of_one_model(asked, loop)
        seen = [
            train(asked, seed, partial(_tell_part, progress, index, len(asked.seeds)))
            for index, seed in enumerate(asked.seeds)
        ]
        if len(seen) > 1 and can_repeat(self._beside):
            self._require_no_memory(asked, seen[0], train, progress)
        return seen

    def _of_one_model(self, asked: Asked, loop: str) -> "_TrainSeed":
        """Return what trains a seed by `loop`: all of them in one model, or each in a model of its own by ``fit``."""
        if loop == BY_FIT:
            return self._by_fit
        made, single, rate = self._made_loop(asked, loop)
        order = Shuffled(self._subject.train.examples, 0)

        def train(asked: Asked, seed: int, progress: Progress) -> Seen:
            made.restart(self._subject.initial_weights(seed), order)
            if rate is not None:
                single.set_learning_rate(rate)
            return self._through_single(asked, seed, single, progress)

        return train

    def _made_loop(self, asked: Asked, loop: str) -> tuple[RestartableLoop, ByStretches, float | None]:
        """Return a compiled loop, a made one where all but the learning rate is alike, and the rate to begin at."""
        subject = self._subject
        model = self._model(asked.course, asked.seeds[0])
        key = (self._kind_of(model), loop)
        if key in self._loops:
            return *self._loops[key], current_learning_rate(model) if is_settable(model) else None
        size, order = asked.course.phases[0].batch_size, Shuffled(subject.train.examples, 0)
        made = the_backend().compiled_loops[loop](model, subject.train, batch_size=size, order=order)
        tests = evaluations(model, subject.evaluated, subject.quality, is_reused=True)
        single = ByStretches(model, subject.quality, tests, made.train_on)
        _make_room(self._loops)
        self._loops[key] = (made, single)
        return made, single, None

    def _through_single(self, asked: Asked, seed: int, single: ByStretches, progress: Progress) -> Seen:
        watch = self._watch(asked, lambda: [the_backend().variables.weights(single.model)])
        return walked(asked.course, single, (seed,), self._subject.train.examples, watch=watch, progress=progress)

    def _require_no_memory(self, asked: Asked, first: Seen, train: "_TrainSeed", tell: Progress) -> None:
        """Refuse a workload whose first seed, trained once more up to the first look, is seen otherwise than it was.

        Raises WorkloadError.
        """
        epochs = 1 if asked.course.examples_per_look else asked.course.epochs_per_look
        phases: list[Phase] = []
        for phase in asked.course.phases:
            left = epochs - sum(each.epochs for each in phases)
            if left > 0:
                phases.append(replace(phase, epochs=min(left, phase.epochs)))
        course = replace(asked.course, phases=tuple(phases))
        again = train(replace(asked, course=course, instruments=()), asked.seeds[0], lambda _: tell(1.0))
        if not np.allclose(first.training[0], again.training[0], rtol=_ROUNDING, atol=0.0, equal_nan=True):
            message = (
                f"{self._subject.line}: seed {asked.seeds[0]}, trained once more after the others, begins otherwise "
                "than at first: something is kept outside of the function that builds the model; make it inside"
            )
            raise WorkloadError(message)

    def _by_fit(self, asked: Asked, seed: int, progress: Progress) -> Seen:
        model = self._model(asked.course, seed)
        if getattr(model.optimizer, "use_ema", False):
            message = (
                f"{self._subject.line}: the optimizer averages the weights, and puts them in at the end of each call "
                "of fit: several calls are not one training; compile without use_ema"
            )
            raise WorkloadError(message)
        variables = the_backend().variables
        variables.state(model, self._subject.train, asked.course.phases[0].batch_size)
        initial = self._subject.initial_weights(seed)
        variables.set_weights(model, initial)
        # What is drawn from a backend's own generator is the seed's alone, whatever was made before.
        seed_everything(seed)
        train_on = by_calls_of_fit(model, self._subject.train)
        tests = evaluations(model, self._subject.evaluated, self._subject.quality, is_reused=False)
        single = ByStretches(model, self._subject.quality, tests, train_on)
        return self._through_single(asked, seed, single, progress)

    def _model(self, course: Course, seed: int) -> Any:
        """Return a seed's model at the course's first learning rate: built at it, or set to it where it takes none."""
        rate = course.phases[0].learning_rate
        own = self._subject.workload.learning_rate
        if rate is None or own is not None:
            return seeded_model(self._subject.workload, learning_rate=own if rate is None else rate, seed=seed)
        model = seeded_model(self._subject.workload, learning_rate=None, seed=seed)
        _require_settable(model, self._subject.line)
        model.optimizer.learning_rate = rate
        return model

    def _prepare(self, asked: Asked) -> None:
        """Make the instruments and their model, once: before a seed is set, as a model draws numbers in being made.

        Raises WorkloadError: they can't be used on this model, or its learning rate is to change and can't.
        """
        model = self._model(asked.course, asked.seeds[0])
        if len({phase.learning_rate for phase in asked.course.phases}) > 1:
            _require_settable(model, self._subject.line)
        if asked.instruments:
            self._key_of_instruments = (self._kind_of(model), asked.instruments)
            if self._key_of_instruments not in self._observing:
                the_backend().variables.trace(model, self._subject.train, 1)
                _make_room(self._observing)
                made = Observing(model, self._subject.train, asked.instruments)
                self._observing[self._key_of_instruments] = made

    def _watch(self, asked: Asked, weights_by_seed: Callable[[], Sequence[Sequence[Any]]]) -> Watch:
        if not asked.instruments:
            return lambda *_: []
        observing = self._observing[self._key_of_instruments]

        def watch(look: int, is_last: bool, seeds: Sequence[int], beat: Callable[[], None]) -> list[dict[str, float]]:  # noqa: FBT001  a callback
            if not observing.is_at(look, is_last=is_last):
                return [{} for _ in seeds]
            found = []
            for seed, weights in zip(seeds, weights_by_seed(), strict=True):
                initial = self._subject.initial_weights(seed)
                found.append(observing.look(look=look, is_last=is_last, weights=weights, initial=initial, seed=seed))
                # Whoever waits for the worker hears that it is at work.
                beat()
            return found

        return watch


_TrainSeed = Callable[[Asked, int, Progress], Seen]


def _by_seed(weights: Sequence[Any], seeds: int) -> list[list[Any]]:
    """Return the weights of each seed, of arrays whose first axis is the seed."""
    return [[weight[index] for weight in weights] for index in range(seeds)]


def _make_room(kept: dict[Any, Any]) -> None:
    """Let go of what was kept first: each is compiled programs, and a copy of the weights."""
    while len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)))


def _tell_part(progress: Progress, index: int, parts: int, share: float) -> None:
    progress((index + share) / parts)


def is_settable(model: Any) -> bool:
    """Whether the learning rate is a number that can be set, and no schedule."""
    schedule = keras.optimizers.schedules.LearningRateSchedule
    return not isinstance(getattr(model.optimizer, "_learning_rate", None), schedule)


def _require_settable(model: Any, line: str) -> None:
    """Refuse a model whose learning rate is a schedule. Raises WorkloadError."""
    if not is_settable(model):
        message = f"{line}: the optimizer's learning rate is a schedule, and can't be set; compile with a number"
        raise WorkloadError(message)
