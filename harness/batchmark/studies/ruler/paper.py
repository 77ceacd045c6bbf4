"""The paper's Table 1 as printed: what ours is set beside.

Source: Lisov, Vozmilov, Urmanov, Panishev, 2023, doi 10.25559/SITITO.019.202302.324-332, Table 1; one run
a row, no seed. The learning rate of batch size 1 is its notebook's. Its seconds are for 200 epochs with
validation, tracing and printing in them, on a machine it doesn't name.
"""

from dataclasses import dataclass

EPOCHS = 200


@dataclass(frozen=True)
class PaperRow:
    """A row of the paper's Table 1."""

    method: str
    batch_size: int
    validation_loss: float
    validation_accuracy: float
    seconds: float
    percent_of_full_batch: float


TABLE_1 = (
    PaperRow("BGD", 500, 0.4465, 0.834, 10.6, 100.0),
    PaperRow("SGD", 1, 0.4574, 0.824, 302.92, 2857.7),
    PaperRow("MBGD", 2, 0.6080, 0.816, 202.32, 1908.7),
    PaperRow("MBGD", 4, 0.5002, 0.818, 86.61, 817.1),
    PaperRow("MBGD", 8, 0.471, 0.836, 82.5, 778.3),
    PaperRow("MBGD", 16, 0.4366, 0.826, 40.4, 381.1),
    PaperRow("MBGD", 32, 0.4325, 0.826, 23.57, 222.6),
    PaperRow("MBGD", 64, 0.4243, 0.824, 17.69, 166.9),
    PaperRow("MBGD", 128, 0.3995, 0.824, 20.85, 196.7),
    PaperRow("MBGD", 256, 0.4145, 0.828, 20.85, 196.7),
)
