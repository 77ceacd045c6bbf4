"""Curves with their intervals, as a study has found them and a picture draws them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A curve, and the interval around it, by places on the horizontal axis; NaN where one isn't known."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether each place has its value and, where there are intervals, both ends of its own."""
        return {len(self.y), len(self.low or self.x), len(self.high or self.x)} == {len(self.x)}


@dataclass(frozen=True)
class Picture:
    """Curves in one picture; a claim without one has its conditions drawn as a forest plot."""

    title: str
    x: str
    """The axis' title, with its unit."""
    y: str
    lines: tuple[Line, ...]
    x_is_logarithmic: bool = False
    y_is_logarithmic: bool = False
