"""What a model says of itself, as plain data."""

from __future__ import annotations

from typing import Any

from pliant.runtime.labels import json_labels
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Strings


def described(predictor: Predictor, size: int) -> dict[str, Any]:
    """Return a model as plain data that JSON can hold; `size` is the bytes of its file."""
    card = predictor.card
    columns = predictor.schema.columns
    return {
        "task": card.task,
        "target": card.target,
        "classes": json_labels(predictor.classes),
        "metric": card.metric.removeprefix("neg_"),
        "score": card.score,
        "schema": [{"name": c.name, "kind": c.kind, "note": c.note} for c in columns],
        "leaderboard": [dict(row) for row in card.leaderboard],
        "members": [member.said() for member in predictor.members],
        "facts": {**card.facts, **_background(predictor), "bytes": size},
    }


def _background(predictor: Predictor) -> dict[str, Any]:
    """Return how many rows are kept for explanations, and the bytes of their codes and texts."""
    coded = predictor.background
    if coded is None:
        return {}
    own = (p.characters if isinstance(p, Strings) else p.nbytes for p in coded.own.values())
    size = coded.codes.nbytes + coded.ids.nbytes + sum(own)
    return {"background": {"rows": len(coded), "bytes": size}}
