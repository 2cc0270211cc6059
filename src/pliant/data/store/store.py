"""An open store: its schema, its sizes, and its shards as tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pliant.core.errors import DataError
from pliant.data.dataset import Unread
from pliant.data.store.block_files import MAX_OPEN, BlockFiles
from pliant.data.store.blocks import Block, read_block
from pliant.data.store.manifest import Manifest, read_manifest
from pliant.data.store.sizes import ColumnSize, Sizes
from pliant.data.table import Table
from pliant.data.target import Task
from pliant.runtime.labels import Label
from pliant.runtime.schema import Schema

if TYPE_CHECKING:
    from pliant.data.store.packing import PackOptions

SUFFIX = ".codes"
"""How the name of a store's folder ends."""


def open_store(path: str | Path, *, max_open: int = MAX_OPEN) -> Store:
    """Return the store in a folder; its blocks are read, and checked, when they are asked for.

    At most `max_open` of its files stay open, to be read even when all rows were written anew.

    Raises
    ------
    DataError
        When there is no store, or its manifest is damaged or of a later format.

    Examples
    --------
    >>> import tempfile, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
    >>> _ = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
    >>> store = pliant.open_store(f"{folder.name}/small.codes")
    >>> len(store), store.target_name
    (20, 'y')
    >>> folder.cleanup()
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    while True:
        store = Store(folder, manifest, max_open)
        newest = manifest if store.whole else read_manifest(folder)
        if newest.blocks == manifest.blocks:
            return store
        manifest = newest  # it was written anew between the two looks


class Store(Unread):
    """A table as codes on disk; `pliant.open_store` and `pliant.pack` return one.

    Its rows are dealt to shards by chance, so that each shard is a fair sample of all rows; the
    order of rows is not kept. While nothing is read, the manifest is all that is in memory.

    Examples
    --------
    >>> import tempfile, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
    >>> store = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
    >>> len(store.append({"x": [3.0], "y": ["yes"]}))
    21
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(store)
    >>> model.classes_.tolist()
    ['no', 'yes']
    >>> folder.cleanup()
    """

    on_disk: ClassVar[bool] = True

    def __init__(self, path: Path, manifest: Manifest, max_open: int = MAX_OPEN) -> None:
        self.path = path
        self._manifest = manifest
        self._files = BlockFiles(path, (block.file for block in manifest.blocks), max_open)

    def __len__(self) -> int:
        return self._manifest.rows

    def __repr__(self) -> str:
        return f"<Store {self.path}: {len(self):,} rows in {self.n_shards} shards>"

    @property
    def manifest(self) -> Manifest:
        """All that is known without reading a block."""
        return self._manifest

    @property
    def schema(self) -> Schema:
        """The columns and their codebooks."""
        return self._manifest.layout.schema

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        return self._manifest.layout.answers.name

    @property
    def task(self) -> Task:
        """Which task the target poses."""
        return self._manifest.layout.answers.task

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted; empty for a regression."""
        return self._manifest.layout.answers.classes

    @property
    def n_shards(self) -> int:
        """How many shards the rows are dealt to."""
        return self._manifest.n_shards

    @cached_property
    def shard_rows(self) -> tuple[int, ...]:
        """How many rows each shard has."""
        rows = [0] * self.n_shards
        for block in self._manifest.blocks:
            rows[block.shard] += block.rows
        return tuple(rows)

    @property
    def whole(self) -> bool:
        """Whether every file of blocks is there."""
        return self._files.all_there

    def shard(self, number: int) -> Table:
        """Return the rows of a shard, each checksum verified; the mean of all weights is 1.

        Raises
        ------
        DataError
            When a block is absent or was altered, naming file, column and block.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
        >>> store = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
        >>> table = store.shard(0)
        >>> len(table), table.coded.codes.dtype.name, table.target.classes
        (20, 'uint8', ('no', 'yes'))
        >>> folder.cleanup()
        """
        table, mean = self.as_kept(number), self._manifest.layout.roles.mean_weight
        weight = table.roles.weight
        if weight is None:
            return table
        return replace(table, roles=replace(table.roles, weight=weight / mean))

    def as_kept(self, number: int) -> Table:
        """Return the rows of a shard with their weights as they came.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows = {"x": [1.0, 2.0] * 9, "w": [1, 3] * 9, "y": ["no", "yes"] * 9}
        >>> store = pliant.pack(rows, target="y", weight="w", output=f"{folder.name}/w.codes")
        >>> sorted(set(store.as_kept(0).roles.weight.tolist()))
        [1.0, 3.0]
        >>> folder.cleanup()
        """
        if not 0 <= number < self.n_shards:
            raise IndexError(f"expected a shard from 0 to {self.n_shards - 1}, got {number}")
        streams = self._manifest.layout.streams
        blocks = [self._read(b) for b in self._manifest.blocks if b.shard == number]
        empty = [np.empty(0, stream.dtype) for stream in streams]
        parts = zip(empty, *blocks, strict=True)
        joined = blocks[0] if len(blocks) == 1 else [np.concatenate(part) for part in parts]
        return self._manifest.layout.join(joined)

    @cached_property
    def sizes(self) -> Sizes:
        """Bytes before, as codes, and at rest, of every column and in all."""
        manifest = self._manifest
        arrow, rows = manifest.facts.arrow, manifest.rows
        kinds = {column.name: column.kind for column in self.schema.columns}
        codes, rest = dict.fromkeys(arrow, 0), dict.fromkeys(arrow, 0)
        texts = {stream.column for stream in manifest.layout.streams if stream.part == "text"}
        for j, stream in enumerate(manifest.layout.streams):
            width = stream.numbers * np.dtype(stream.dtype).itemsize
            of_text = arrow[stream.column] - 4 * rows  # but for the offsets
            codes[stream.column] += of_text if stream.part == "text" else rows * width
            rest[stream.column] += sum(block.sizes[j] for block in manifest.blocks)
            if stream.part in ("target", "weight", "groups"):
                kinds[stream.column] = stream.part
        raw = {name: size if name in texts else 8 * rows for name, size in arrow.items()}
        raw |= {own.name: rows * own.book.width for own in self.schema.grids}
        return Sizes(
            tuple(
                ColumnSize(name, kinds[name], raw[name], size, codes[name], rest[name])
                for name, size in arrow.items()
            )
        )

    def describe(self) -> dict[str, Any]:
        """Return what the store holds as plain data, as `pliant show --json` prints it.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
        >>> store = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
        >>> said = store.describe()
        >>> said["rows"], said["target"], said["task"], said["classes"]
        (20, 'y', 'binary', ['no', 'yes'])
        >>> folder.cleanup()
        """
        from pliant.data.store.describing import described

        return described(self)

    def identity(self) -> dict[str, Any]:
        """Return what tells this store from another, as plain data: rows and a checksum of all.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
        >>> stores = [
        ...     pliant.pack(rows, target="y", output=f"{folder.name}/{name}.codes") for name in "ab"
        ... ]
        >>> stores[0].identity() == stores[1].identity()
        True
        >>> folder.cleanup()
        """
        return {"rows": len(self), "checksum": self._manifest.checksum()}

    def append(
        self, data: Any, options: PackOptions | None = None, encoding: str | None = None
    ) -> Store:
        """Add rows, by the codebooks that the store has; return the store with them.

        `data` is what `pliant.pack` takes, with the columns of the store, and `encoding` that of
        its text; `options` say whether words among numbers are refused, and who hears of the
        progress. How many values are unseen, or lie in the first or last bin of their column, is
        counted against the rows before: the last entry of `manifest.facts.drift`.

        Rows that others appended since this store was opened stay; while another process, or
        another handle, writes to the store, this one waits. A store that was opened before stays
        as it was.

        Raises
        ------
        DataError
            When the rows cannot be used; the store is as it was then.
        SaveError
            When they cannot be written; the store is as it was then.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
        >>> store = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
        >>> len(store.append({"x": [3.0, 9.0], "y": ["yes", "no"]})), len(store)
        (22, 20)
        >>> folder.cleanup()
        """
        from pliant.data.store.appending import append

        return append(self, data, options, encoding)

    def _read(self, block: Block) -> list[Any]:
        path = self._files.path(block.file)
        try:
            data = self._files.read(block.file, block.start, sum(block.sizes))
            return read_block(data, path, block, self._manifest.layout.streams)
        except OSError as error:
            self._refuse_outdated(block)
            raise DataError(f"expected to read {path}, but: {error.strerror or error}") from None
        except DataError:
            self._refuse_outdated(block)
            raise

    def _refuse_outdated(self, block: Block) -> None:
        """Raise DataError when the store on the disk is another one by now, without a block."""
        if block not in read_manifest(self.path).blocks:
            raise DataError(
                f"expected {self.path} as it was when it was opened, but all its rows were written "
                "anew since: open it again"
            )
