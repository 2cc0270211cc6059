"""Compile: a weighted ensemble becomes one flat program, in which its members have places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pliant.compile.order import in_preorder
from pliant.ensemble.refit import Weighted
from pliant.features.features import X
from pliant.features.media import DESCRIPTIONS
from pliant.models.base import SCORE
from pliant.runtime.member import Places
from pliant.runtime.ops import Op

PREDICTION = "prediction"


@dataclass(frozen=True)
class Compiled:
    """The ops of an ensemble, and where each of its members stands among them."""

    ops: tuple[Op, ...]
    places: tuple[Places, ...]


def build(members: Sequence[Weighted]) -> Compiled:
    """Return the program of an ensemble; features that members share are made once, and so are
    descriptions of images and sounds.
    """
    ops = described_once(features.ops for features in (m.member.features for m in members))
    described = {op.output: op.output for op in ops}
    maps: dict[int, str] = {}
    places: list[Places] = []
    for i, weighted in enumerate(members):
        features = weighted.member.features
        if id(features) not in maps:
            maps[id(features)] = f"f{len(maps)}"
            own = [op for op in features.ops if op.output not in described]
            ops += renamed(own, maps[id(features)], described)
        source = f"{maps[id(features)]}.{X}"
        ops += _model_ops(weighted, source, f"m{i}")
        places.append(Places(source, f"m{i}.{SCORE}", ops[-1].output))
    weights = np.array([m.weight for m in members])
    outputs = tuple(place.output for place in places)
    ops.append(Op("mix", outputs, PREDICTION, {"weights": weights / weights.sum()}))
    return Compiled(tuple(ops), tuple(places))


def described_once(maps: Iterable[Sequence[Op]]) -> list[Op]:
    """Return the ops that describe images and sounds: those of all members are the same."""
    found = {op.output: op for ops in maps for op in ops if op.name in DESCRIPTIONS}
    return list(found.values())


def _model_ops(weighted: Weighted, source: str, prefix: str) -> list[Op]:
    member = weighted.member
    ops = [in_preorder(op) for op in renamed(member.fitted.ops, prefix, {X: source})]
    out = f"{prefix}.{SCORE}"
    if member.fitted.link != "identity":
        ops.append(Op("link", (out,), f"{prefix}.p", {}, {"function": member.fitted.link}))
    elif member.scale.scale != 1.0 or member.scale.shift != 0.0:
        unit = {"scale": np.array([member.scale.scale]), "shift": np.array([member.scale.shift])}
        ops.append(Op("affine", (out,), f"{prefix}.y", unit))
    return ops


def renamed(ops: Sequence[Op], prefix: str, known: dict[str, str]) -> list[Op]:
    """Return ops whose wires carry a prefix, but for the table's own and the `known`."""
    made = {op.output for op in ops}
    names = {name: f"{prefix}.{name}" for name in made} | known
    return [
        replace(op, inputs=tuple(names.get(n, n) for n in op.inputs), output=names[op.output])
        for op in ops
    ]
