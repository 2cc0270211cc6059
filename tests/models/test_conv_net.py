"""Convolutional nets: the contract of families, training, folding; from fit to file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import pliant
from pliant.core.deadline import Deadline
from pliant.core.errors import FitError
from pliant.models.base import Allowance, Shape
from pliant.models.conv_net import ConvNet, ConvNetConfig
from pliant.models.family import Default
from pliant.models.registry import FAMILIES
from pliant.runtime.media.images import bitmap_of
from pliant.testing import TASKS, check_family, family_data

torch = pytest.importorskip("torch")

FEW = ConvNetConfig(width=8, epochs=2.0, min_steps=12)


class Small(ConvNet):
    """Nets that take a blink."""

    name = "small_net"
    defaults: ClassVar[Mapping[str, Default]] = {"default": Default(FEW, 1)}


def pictures(n: int, seed: int) -> tuple[list[bytes], np.ndarray[Any, Any]]:
    """Return noise with a bright bar, and whether it stands."""
    rng = np.random.default_rng(seed)
    standing = rng.integers(0, 2, n)
    pixels = rng.integers(1, 120, (n, 12, 12, 3)).astype(np.uint8)
    for image, upright in zip(pixels, standing, strict=True):
        y, x = rng.integers(0, 7, 2)
        image[(slice(y, y + 5), x + 2) if upright else (y + 2, slice(x, x + 5))] = 250
    return [bitmap_of(image) for image in pixels], standing


@pytest.fixture
def families() -> Iterator[None]:
    """Leave the families as they are."""
    before = dict(FAMILIES)
    yield
    FAMILIES.clear()
    FAMILIES.update(before)


@pytest.mark.parametrize("task", TASKS)
def test_the_contract_of_families(task: str) -> None:
    check_family(Small(), task)


def test_the_op_computes_what_the_net_did() -> None:
    from pliant.models.convolution.architecture import Architecture
    from pliant.models.convolution.folding import folded
    from pliant.models.convolution.schedule import Schedule
    from pliant.models.convolution.training import Recipe, begun, class_loss, trained
    from pliant.runtime.ops import Wire
    from pliant.runtime.ops.run import run_steps, steps_of

    data = family_data("multiclass", view="grids").train
    images, values = data.own["image:0"], data.target.values.astype(np.intp)
    architecture = Architecture(images.shape[1:], 8)
    net = begun(images, architecture, 3, 0)
    schedule = Schedule(Deadline(None), 15)
    trained(net, images, class_loss(values, None), Recipe(0.1, 32, 1, True), schedule, 0)
    with torch.no_grad():
        expected = net.scores(images).numpy()
    ops = folded(net, architecture, "image:0", "score")
    steps = steps_of(ops, {"image:0": Wire("image", 360)})
    found = run_steps(steps, {"image:0": images}, len(images))["score"]
    assert np.corrcoef(found.reshape(-1), expected.reshape(-1))[0, 1] > 0.999
    assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_orthogonal_matrices_have_singular_values_near_one() -> None:
    from pliant.models.convolution.muon import orthogonal

    for shape in ((8, 30), (30, 8)):
        matrix = torch.from_numpy(np.random.default_rng(0).normal(size=shape))
        values = torch.linalg.svdvals(orthogonal(matrix)).numpy()
        assert values.min() > 0.5
        assert values.max() < 1.3


@pytest.mark.usefixtures("families")
def test_bars_are_told_apart_beside_a_number_and_in_a_file(tmp_path: Path) -> None:
    images, standing = pictures(160, 0)
    rows = {"photo": images, "number": np.arange(160) % 7}
    net = replace(FEW, epochs=8.0)

    class Longer(Small):
        name = "longer_net"
        defaults: ClassVar[Mapping[str, Default]] = {"default": Default(net, 1)}

    model = pliant.Classifier(trials=1, models=[Longer()], n_jobs=1, cv=2).fit(rows, standing)
    fresh, answers = pictures(60, 1)
    test = {"photo": fresh, "number": np.zeros(60)}
    assert (model.predict(test) == answers).mean() > 0.9
    model.save(tmp_path / "m.pliant")
    again = pliant.load(tmp_path / "m.pliant")
    assert np.array_equal(again.predict_proba(test), model.predict_proba(test))
    one = again.predict_proba({"photo": fresh[0], "number": 0})
    np.testing.assert_allclose(one[0], model.predict_proba(test)[0], atol=1e-6)
    assert (tmp_path / "m.pliant").stat().st_size < 30_000


def test_a_table_without_images_is_refused() -> None:
    data = family_data("binary")
    with pytest.raises(FitError, match="expected a column of images or sounds for conv_net"):
        Small().fit(data, FEW, Allowance(Deadline(None)))


def test_what_a_fit_costs_follows_its_images_epochs_and_width() -> None:
    shape = Shape(50_000, 0, 10, 2, grid_values=3072)
    family, config = ConvNet(), ConvNetConfig()
    whole = family.seconds(config, shape)
    assert family.seconds(config, replace(shape, grid_values=768)) < whole / 3
    assert family.seconds(replace(config, width=32), shape) < whole / 2
    for factor in (2.0, 5.0, 20.0):
        cheaper = family.cheaper(config, factor)
        assert whole / family.seconds(cheaper, shape) == pytest.approx(factor, rel=0.4)
    assert 28 <= family.cheaper(config, 15.0).width <= 40
    assert family.cheaper(config, 15.0).epochs == pytest.approx(2, abs=0.3)
