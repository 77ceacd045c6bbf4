"""What instruments found along trainings, as arrays by seed; NaN stands for a training that diverged."""

import numpy as np
from numpy.typing import NDArray

from batchmark.studies.claims.trained import fresh_quality
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.trainings import Followed

END = -1


def observed(followed: Followed, name: str, *, look: int = END) -> NDArray[np.float64]:
    """Return what an instrument found at a look, by seed.

    At the end, whatever of a training's loss or quality is not finite makes it NaN too.

    Raises MissingPartError: the instrument found nothing of this name.
    """
    if name not in followed.observed:
        message = f"no instrument found {name!r}; found was: {', '.join(followed.observed) or 'nothing'}"
        raise MissingPartError(message)
    found = np.array([curve[look] for curve in followed.observed[name]], float)
    is_told = np.isfinite(found) & (np.isfinite(fresh_quality(followed)) if look == END else True)
    return np.where(is_told, found, np.nan)
