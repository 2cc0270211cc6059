"""What a model says of itself, as plain data."""

from __future__ import annotations

from typing import Any

from pliant.runtime.labels import json_labels
from pliant.runtime.model import Predictor


def described(predictor: Predictor, size: int) -> dict[str, Any]:
    """Return a model as plain data that JSON can hold; `size` is the bytes of its file."""
    card = predictor.card
    columns = predictor.schema.columns
    return {
        "task": card.task,
        "target": card.target,
        "classes": json_labels(predictor.classes),
        "costs": None if predictor.decision is None else predictor.decision.costs,
        "metric": card.metric.removeprefix("neg_"),
        "score": card.score,
        "schema": [{"name": c.name, "kind": c.kind, "note": c.note} for c in columns],
        "leaderboard": [dict(row) for row in card.leaderboard],
        "members": [member.said() for member in predictor.members],
        "facts": {**card.facts, "bytes": size},
    }
