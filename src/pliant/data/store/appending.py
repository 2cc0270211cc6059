"""Append: new rows go into a store that is there, by the codebooks it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pliant.core.errors import DataError
from pliant.data.labels import distinct_numbers
from pliant.data.store.blocks import Block
from pliant.data.store.change import Change, changed, fingerprint, held
from pliant.data.store.coder import Coder
from pliant.data.store.drift import Drift, OddCounter, added
from pliant.data.store.layout import Layout
from pliant.data.store.manifest import Manifest
from pliant.data.store.packing import PackOptions, PackProgress, refuse_change, source_of
from pliant.data.store.shards import ShardWriter
from pliant.data.store.source import Batch, Source
from pliant.data.store.store import Store, open_store
from pliant.data.store.values import DistinctNumbers, Weights, refuse_missing
from pliant.data.table import Table
from pliant.runtime.raw import Strings

CROWDED = 2
"""How many times more rows than it should have a shard may hold before all are dealt anew."""


@dataclass
class _Look:
    """What a first look at new rows tells: whether they fit into what is there."""

    numbers: DistinctNumbers
    rows: int = 0
    arrow: dict[str, int] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)

    def add(self, batch: Batch, layout: Layout) -> None:
        """Take some rows; those that cannot be used raise `DataError`."""
        roles, target = layout.roles, layout.answers.name
        named = {target, roles.weight, roles.groups, roles.time} - {None}
        for name in [*(c.name for c in layout.schema.used), *sorted(map(str, named))]:
            if name not in batch.frame:
                raise DataError(
                    f"expected the columns of the store in {batch.file}, "
                    f"but it has no column {name!r}"
                )
        refuse_missing(f"the target {target!r}", target, batch)
        if roles.time is not None:
            refuse_missing("time", roles.time, batch)
        if roles.weight is not None:
            self.weights.add(roles.weight, batch)
        if layout.answers.task == "regression":
            self.numbers.add(distinct_numbers(batch.frame[target]))
        self.rows += batch.frame.n_rows
        for name, size in batch.arrow.items():
            self.arrow[name] = self.arrow.get(name, 0) + size


class Arrivals:
    """New rows of a store: looked at once, then given as tables of codes."""

    def __init__(self, store: Store, source: Source, options: PackOptions) -> None:
        self.store, self.source, self.options = store, source, options
        former = store.manifest.layout
        books = former.schema.books
        self._texts = frozenset(name for name, book in books if book.reads is Strings)
        self._look = _Look(DistinctNumbers(options.sampling.max_targets))
        for batch in source.batches(self._texts):
            self._look.add(batch, former)
            options.tell(PackProgress("looking", batch.read, source.size, self._look.rows))
        self.layout = self._widened(former)
        self._coder = Coder(self.layout, options.strict, options.batch.file_bytes)
        self._odd = OddCounter()

    @property
    def rows(self) -> int:
        """How many rows the store has with them."""
        return len(self.store) + self.kept

    @property
    def kept(self) -> int:
        """How many rows there are; one of weight 0 is none."""
        weighted = self.layout.roles.weight is not None
        return self._look.weights.above if weighted else self._look.rows

    @property
    def most_rows(self) -> int:
        """How many rows a shard of the store should have at most."""
        store, size = self.store, self.options.shard
        return size.most_rows(store.schema, store.manifest.facts.arrow, len(store))

    def writer(self, n_shards: int, change: Change, first: int = 0) -> ShardWriter:
        """Return what deals rows to so many shards, from the row with the number `first` on."""
        seed, held = self.store.manifest.seed, self.options.shard.held_bytes
        return ShardWriter(self.layout, n_shards, seed, change.aside, first, held_bytes=held)

    def tables(self) -> Iterator[Table]:
        """Give the rows as codes."""
        rows = 0
        for batch in self.source.batches(self._texts):
            rows += batch.frame.n_rows
            for table in self._coder.tables(batch):
                self._odd.add(table)
                yield table
            self.options.tell(PackProgress("coding", batch.read, self.source.size, rows))
        refuse_change(self._look.rows, rows)

    def manifest(self, n_shards: int, rows: int, blocks: list[Block]) -> Manifest:
        """Return the manifest of the store with these rows in it."""
        former = self.store.manifest
        facts, odd = former.facts, self._odd.counts
        facts = replace(
            facts,
            files=facts.files + self.source.files,
            arrow={n: size + self._look.arrow.get(n, 0) for n, size in facts.arrow.items()},
            notes=(*facts.notes, *self.source.notes, *map(str, self._coder.strays.values())),
            odd=added(facts.odd, odd),
            drift=(*facts.drift, Drift.of(self.kept, facts.odd, odd)),
        )
        return Manifest(self.layout, former.seed, n_shards, rows, tuple(blocks), facts)

    def _widened(self, former: Layout) -> Layout:
        """Return the layout with room for the new targets, and the mean of all weights."""
        answers, roles, numbers = former.answers, former.roles, self._look.numbers
        if answers.task == "regression":
            known = DistinctNumbers.of(answers, self.options.sampling.max_targets)
            known.join(numbers)
            answers = known.answers(answers.name)
        if roles.weight is not None:
            n, new = len(self.store), self._look.weights
            mean = (roles.mean_weight * n + new.mean * new.above) / (n + new.above)
            roles = replace(roles, mean_weight=mean)
        return Layout(former.schema, answers, roles)


def append(
    store: Store, data: Any, options: PackOptions | None = None, encoding: str | None = None
) -> Store:
    """Add rows to a store as it is now; return it with them. See `Store.append`."""
    options, folder = options or PackOptions(), store.path
    source = source_of(data, store.target_name, encoding, options)
    with held(folder, lambda: options.tell(PackProgress("waiting", 0, source.size, 0))) as alone:
        known = fingerprint(folder)
        new = Arrivals(open_store(folder), source, options)
        with changed(folder, known, alone) as change:
            manifest = _beside(new, change) if _fit_in(new) else _anew(new, change)
            change.commit(manifest)
        return Store(folder, manifest)


def _fit_in(new: Arrivals) -> bool:
    """Return whether the shards have room for the new rows, and the targets are kept as before."""
    store = new.store
    roomy = new.rows <= CROWDED * new.most_rows * store.n_shards
    return roomy and new.layout.answers.same(store.manifest.layout.answers)


def _beside(new: Arrivals, change: Change) -> Manifest:
    """Write the new rows as a block file more."""
    former = new.store.manifest
    writer = new.writer(former.n_shards, change, len(new.store))
    for table in new.tables():
        writer.add(table)
    blocks = [*former.blocks, *writer.finish(change.file, change.number)]
    return new.manifest(former.n_shards, writer.rows, blocks)


def _anew(new: Arrivals, change: Change) -> Manifest:
    """Write old and new rows as a block file that takes the place of all others."""
    store = new.store
    n_shards = -(-new.rows // new.most_rows)
    writer = new.writer(n_shards, change)
    for shard in range(store.n_shards):
        writer.add(store.as_kept(shard))
    for table in new.tables():
        writer.add(table)
    return new.manifest(n_shards, writer.rows, writer.finish(change.file, change.number))
