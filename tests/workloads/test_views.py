"""Views of images."""

import numpy as np
import pytest

from batchmark.workloads import views
from batchmark.workloads.views import views_of

_ONE_POINT = np.zeros((1, 64), np.uint8)
_ONE_POINT[0, 8 * 3 + 4] = 16


def _without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setattr(views, name, 0.0)


def test_views_are_whole_numbers_that_belong_to_their_seed() -> None:
    images = np.random.default_rng(0).integers(0, 16, (3, 64), endpoint=True).astype(np.uint8)
    found = views_of(images, views=5, seed=1)
    assert found.shape == (3, 5, 64)
    assert found.dtype == np.uint8
    assert found.max() <= 16
    np.testing.assert_array_equal(found, views_of(images, views=5, seed=1))
    assert not np.array_equal(found, views_of(images, views=5, seed=2))


def test_nothing_done_to_it_a_view_is_its_image(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "MOST_TURNED", "MOST_SHIFTED", "NOISE")
    images = np.random.default_rng(0).integers(0, 16, (3, 64), endpoint=True).astype(np.uint8)
    np.testing.assert_array_equal(views_of(images, views=2, seed=1), np.stack([images, images], axis=1))


def test_a_shift_moves_a_point_by_less_than_a_pixel_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "MOST_TURNED", "NOISE")
    light = views_of(_ONE_POINT, views=200, seed=1).reshape(200, 8, 8)
    assert (light.sum(axis=(1, 2)) > 12).all()
    assert set(np.flatnonzero(light.sum(axis=(0, 2)))) == {2, 3, 4}
    assert set(np.flatnonzero(light.sum(axis=(0, 1)))) == {3, 4, 5}


def test_a_turn_leaves_the_middle_and_moves_the_corners(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "MOST_SHIFTED", "NOISE")
    middle, corner = np.zeros((2, 8, 8), np.uint8)
    middle[3:5, 3:5] = corner[0, 0] = 16
    turned = views_of(np.stack([middle, corner]).reshape(2, 64), views=100, seed=1).reshape(2, 100, 8, 8)
    assert turned[0, :, 3:5, 3:5].min() >= 12
    assert np.median(turned[1, :, 0, 0]) < 10


def test_noise_is_as_large_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "MOST_TURNED", "MOST_SHIFTED")
    grey = np.full((1, 64), 8, np.uint8)
    assert views_of(grey, views=500, seed=1).std() == pytest.approx(views.NOISE, rel=0.05)
