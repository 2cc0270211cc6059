"""Members that read text share the bytes that one of them may take, by their weights.

So a file is no larger for having several, and no slower: what they read alike is read once
(`runtime/gram_step.py`), and there are no more weights to look up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pliant.ensemble.refit import Weighted
from pliant.features.gram_pruning import gram_bytes, pruned
from pliant.runtime.coded import Coded
from pliant.runtime.gram_step import GRAM_SCORES
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings

MAX_BYTES = 400_000
"""What the weights of all members for grams may take in a file, about. (banking77: the model of one
member has an accuracy of 0.9149 whole, 0.9143 with so many bytes, 0.9133 with half and 0.9104 with
a quarter.)"""


def sharing_bytes(
    members: Sequence[Weighted], rows: Coded, most: int = MAX_BYTES
) -> list[Weighted]:
    """Return members whose models of grams take about `most` bytes together, if they take more.

    `rows` are training rows, with the planes of text that the members read.
    """
    sizes = [sum(map(gram_bytes, _scoring(member))) for member in members]
    if sum(sizes) <= most:
        return list(members)
    together = sum(m.weight for m, size in zip(members, sizes, strict=True) if size)
    return [
        _pruned(member, most * member.weight / together / size, rows) if size else member
        for member, size in zip(members, sizes, strict=True)
    ]


def _scoring(weighted: Weighted) -> list[Op]:
    return [op for op in weighted.member.fitted.ops if op.name == GRAM_SCORES]


def _pruned(weighted: Weighted, share: float, rows: Coded) -> Weighted:
    """Return a member whose models of grams have a share of their bytes left."""
    ops = list[Op]()
    for op in weighted.member.fitted.ops:
        text = rows.own.get(op.inputs[0])
        if op.name == GRAM_SCORES and isinstance(text, Strings):
            op = pruned(op, int(share * gram_bytes(op)), text)
        ops.append(op)
    fitted = replace(weighted.member.fitted, ops=tuple(ops))
    return replace(weighted, member=replace(weighted.member, fitted=fitted))
