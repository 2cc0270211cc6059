"""The manifest of a store: schema, target, roles, counts, and where each block lies.

    store.json    all of it as plain data; arrays are named by number
    arrays.bin    edges and centers of the codebooks, and targets that are kept by number

History of the format: 1 (0.1.0) the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pliant.artifact.codec import ArrayReader, ArrayWriter, column_from_json, column_to_json
from pliant.artifact.container import MISFITS, dumps, read_parts, write_parts
from pliant.core.errors import DataError, ModelFileError
from pliant.data.store.blocks import Block
from pliant.data.store.drift import Counts, Drift
from pliant.data.store.layout import Layout, RoleColumns
from pliant.data.store.target_codec import TargetCodec
from pliant.data.target import TASKS
from pliant.runtime.labels import label_from_json, label_to_json
from pliant.runtime.schema import Schema

FORMAT = 1
NAME = "store.zip"
_PARTS = ("store.json", "arrays.bin")


@dataclass(frozen=True)
class Facts:
    """What packing found out besides: counts for `show`.

    `arrow` is the bytes that each column took as Arrow; `files` how many sources there were;
    `odd` how many values of each column were odd to its codebook; `notes` what a user should know,
    such as values that were counted as missing; `drift` what each lot of appended rows was like.
    """

    files: int
    arrow: Mapping[str, int]
    odd: Counts
    notes: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All that is known of a store without its blocks; `rows` are dealt to `n_shards` by `seed`."""

    layout: Layout
    seed: int
    n_shards: int
    rows: int
    blocks: tuple[Block, ...]
    facts: Facts

    def write(self, folder: Path) -> None:
        """Write the manifest of a store's folder, whole or not at all.

        Raises
        ------
        SaveError
            When it cannot be written.
        """
        arrays = ArrayWriter()
        described = dumps(_to_json(self, arrays))
        write_parts(folder / NAME, FORMAT, {"store.json": described, "arrays.bin": arrays.bytes()})

    def checksum(self) -> str:
        """Return a SHA-256 of all that a store holds: the manifest has a checksum of each block.

        Which numbers its files have, which tell how often it was written anew, is no part of that.
        """
        ranks = {file: i for i, file in enumerate(sorted({block.file for block in self.blocks}))}
        blocks = tuple(replace(block, file=ranks[block.file]) for block in self.blocks)
        arrays = ArrayWriter()
        described = dumps(_to_json(replace(self, blocks=blocks), arrays))
        return hashlib.sha256(described + arrays.bytes()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a store's folder.

    Raises
    ------
    DataError
        When there is none, or it is damaged or of a later format.
    """
    path = folder / NAME
    if folder.is_dir() and not path.exists():
        raise DataError(f"expected a table's file or a store, but {folder} is a folder without one")
    try:
        described, arrays = read_parts(path, FORMAT, _PARTS, "store")
        return _from_json(json.loads(described), ArrayReader(arrays))
    except ModelFileError as error:
        raise DataError(str(error)) from None
    except MISFITS as error:
        text = f"{type(error).__name__} {error}"
        raise DataError(f"{path}: the store inside does not hold together ({text})") from None


def _to_json(manifest: Manifest, arrays: ArrayWriter) -> dict[str, Any]:
    layout = manifest.layout
    answers, levels = layout.answers, layout.answers.levels
    described = {
        "columns": [column_to_json(c, arrays) for c in layout.schema.columns],
        "target": {
            "name": answers.name,
            "task": answers.task,
            "classes": [label_to_json(label) for label in answers.classes],
            "dtype": answers.dtype,
            "levels": None if levels is None else arrays.add(levels),
        },
        "roles": asdict(layout.roles),
        "streams": [[s.column, s.part, s.dtype] for s in layout.streams],
        "seed": manifest.seed,
        "n_piles": manifest.n_shards,
        "rows": manifest.rows,
        "blocks": [list(asdict(block).values()) for block in manifest.blocks],
        "facts": asdict(manifest.facts),
    }
    return {**described, "arrays": arrays.index}


def _from_json(described: dict[str, Any], arrays: ArrayReader) -> Manifest:
    arrays.index = list(described["arrays"])
    schema = Schema(tuple(column_from_json(c, arrays) for c in described["columns"]))
    layout = Layout(
        schema, _answers(described["target"], arrays), RoleColumns(**described["roles"])
    )
    if [[s.column, s.part, s.dtype] for s in layout.streams] != described["streams"]:
        raise ValueError("expected the streams that its columns make")
    blocks = tuple(
        Block(shard, rows, file, start, tuple(sizes), tuple(checks))
        for shard, rows, file, start, sizes, checks in described["blocks"]
    )
    return Manifest(
        layout,
        int(described["seed"]),
        int(described["n_piles"]),
        int(described["rows"]),
        blocks,
        _facts(described["facts"]),
    )


def _facts(described: dict[str, Any]) -> Facts:
    return Facts(
        int(described["files"]),
        dict(described["arrow"]),
        {name: (int(there), int(odd)) for name, (there, odd) in described["odd"].items()},
        tuple(described["notes"]),
        tuple(
            Drift(int(d["rows"]), {n: (float(a), float(b)) for n, (a, b) in d["shares"].items()})
            for d in described["drift"]
        ),
    )


def _answers(described: dict[str, Any], arrays: ArrayReader) -> TargetCodec:
    task = next(task for task in TASKS if task == described["task"])
    levels = described["levels"]
    return TargetCodec(
        str(described["name"]),
        task,
        tuple(label_from_json(label) for label in described["classes"]),
        str(described["dtype"]),
        None if levels is None else arrays.get(levels),
    )
