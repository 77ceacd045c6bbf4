"""Choices of the verbs that put a question to the laboratory."""

from dataclasses import replace

from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind

BUDGET = replace(
    choices.BUDGET, help="Begin nothing later than this, as in 10min; what is finished then is kept, and counts."
)
JUDGED_SEEDS = replace(choices.SEEDS, help="Trainings of each batch size that are judged.")
EPOCHS = Choice("epochs", Kind.COUNT, "Of each training (default: the workload's own).", least=1)
LOOKS = Choice("looks", Kind.COUNT, "How often each training is looked at, about.", least=1)
RATES = Choice(
    "rates",
    Kind.ONE_OF,
    "How the learning rate follows the batch size; may be repeated. tuned: the best of a grid at each size.",
    many=True,
    words=("fixed", "linear", "square-root", "tuned"),
)
BUDGETS = Choice(
    "budgets",
    Kind.ONE_OF,
    "What all batch sizes have the same of; may be repeated.",
    many=True,
    words=("epochs", "updates"),
)
RULES = Choice(
    "rates",
    Kind.ONE_OF,
    "How the learning rate follows the batch size; may be repeated. warm-up: linear, with 5 epochs of warm-up. tuned: "
    "the best of a grid at each size, chosen on other seeds.",
    many=True,
    words=("fixed", "linear", "square-root", "warm-up", "tuned"),
)
GRID_OF_RATES = Choice(
    "rates",
    Kind.NUMBERS,
    "Learning rates that each batch size tries, as 0.005,0.01,0.02 (default: 1/4 to 4 times the workload's, which "
    "follows the square root of the batch size).",
)
TUNING_SEEDS = Choice("tuning-seeds", Kind.COUNT, "Seeds that choose the learning rate, and are not judged.", least=1)
TARGET_QUALITY = Choice(
    "quality", Kind.NUMBER, "The quality to be reached, in its own unit, on the workload's test set."
)
TARGET_LOSS = Choice("loss", Kind.NUMBER, "The loss to be reached, on the workload's test set.")
