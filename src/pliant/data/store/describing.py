"""What a store says of itself, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pliant.data.store.store import Store
from pliant.runtime.labels import json_labels


def described(store: Store) -> dict[str, Any]:
    """Return a store as plain data that JSON can hold."""
    facts, columns = store.manifest.facts, store.schema.columns
    return {
        "store": str(store.path),
        "rows": len(store),
        "shards": store.n_shards,
        "target": store.target_name,
        "task": store.task,
        "classes": json_labels(store.classes),
        "schema": [{"name": c.name, "kind": c.kind, "note": c.note} for c in columns],
        "bytes": store.sizes.totals(),
        "columns": [asdict(column) for column in store.sizes.columns],
        "files": facts.files,
        "notes": list(facts.notes),
        "drift": [asdict(drift) for drift in facts.drift],
    }
