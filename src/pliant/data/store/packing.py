"""Pack: any table, of any size, into a store, in two passes over its source."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pliant.core.atomic import new_folder, refuse_taken, refuse_unwritable, where_links_lead
from pliant.core.errors import ConfigError, DataError, SaveError
from pliant.data.dataset import Dataset
from pliant.data.opening import open_data
from pliant.data.read import Reads
from pliant.data.stated import Stated, stated_columns
from pliant.data.store.change import Change, changed, fingerprint, held
from pliant.data.store.coder import Coder
from pliant.data.store.drift import OddCounter
from pliant.data.store.files import FileSource
from pliant.data.store.manifest import NAME, Facts, Manifest
from pliant.data.store.sample import Sampling
from pliant.data.store.scan import Scan, Wanted
from pliant.data.store.shards import ShardSize, ShardWriter
from pliant.data.store.source import BatchSize, FrameSource, Source
from pliant.data.store.spool import SPOOL_SHARE, spooled
from pliant.data.store.store import SUFFIX, Store, open_store
from pliant.data.table import Statements
from pliant.data.target import Task
from pliant.runtime.media.places import MissingFiles


@dataclass(frozen=True)
class PackProgress:
    """How far packing is: which pass of two, bytes read of all, rows so far."""

    stage: str
    read: int
    size: int
    rows: int


@dataclass(frozen=True)
class PackOptions:
    """How a table is packed.

    Parameters
    ----------
    strict : bool
        Refuse a value that does not fit its column, which is else counted as missing.
    overwrite : bool
        Replace a store that is there.
    seed : int
        What sampling rows, and dealing them to shards, starts from.
    tell : callable
        Called with a `PackProgress` as rows are read.
    columns : mapping
        What columns are, by name, as `Classifier` has it.
    batch : BatchSize
        How much of the source is in memory at a time.
    sampling : Sampling
        From how much of all rows codebooks are learned.
    shard : ShardSize
        How large shards become.
    spool_share : float
        Of the disk space that is free beside the store, the share that may keep what parsing text
        gave, so that it is parsed once; what needs more is parsed twice.
    missing_files : "refuse" or "allow"
        Whether a file that a row names, an image or a sound, is a missing value where it does not
        exist; a dataset brings its own.

    Examples
    --------
    >>> import tempfile, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> rows = {"zip": [10115, 80331] * 10, "y": ["no", "yes"] * 10}
    >>> options = pliant.PackOptions(columns={"zip": "category"})
    >>> output = f"{folder.name}/small.codes"
    >>> pliant.pack(rows, target="y", output=output, options=options).schema.columns[0].kind
    'category'
    >>> folder.cleanup()
    """

    strict: bool = False
    overwrite: bool = False
    seed: int = 0
    tell: Callable[[PackProgress], None] = lambda progress: None
    columns: Mapping[str, Stated | str] = field(default_factory=dict)
    batch: BatchSize = field(default_factory=BatchSize)
    sampling: Sampling = field(default_factory=Sampling)
    shard: ShardSize = field(default_factory=ShardSize)
    spool_share: float = SPOOL_SHARE
    missing_files: MissingFiles = "refuse"


def pack(
    data: Any,
    *,
    output: str | Path,
    target: str | None = None,
    task: Task | None = None,
    weight: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    encoding: str | None = None,
    options: PackOptions | None = None,
) -> Store:
    """Write a table to a store: a folder of codes that `fit` takes in place of the table.

    Parameters
    ----------
    data : path, glob, URL or a list of them, a Dataset, or any table in memory
        As `pliant.data.open` takes them. Files are read in batches: memory does not grow with them.
        A dataset brings its target, roles, columns and encoding, where nothing else is given.
    output : str or Path
        The folder to write; its name ends in ".codes".
    target : str or None
        The column to predict; None is that of a dataset.
    task : "binary", "multiclass" or "regression", or None
        Inferred from the target by default.
    weight, groups, time : str or None
        Columns that say how much a row counts, which rows belong together, and when it was.
        Rows of weight 0 are left out. The column of `time` stays a feature.
    encoding : str or None
        The encoding of text that is not UTF-8 and has no mark, such as "cp1252" or "gb18030".
    options : PackOptions or None

    Raises
    ------
    ConfigError
        When no target is named, or the output is no name of a store.
    DataError
        When the table, the target or a role cannot be used.
    SaveError
        When the store cannot be written; nothing of it is left then.

    Examples
    --------
    >>> import tempfile, pliant
    >>> rows = {"x": [1.0, 2.0, None, 4.0] * 5, "y": ["no", "yes"] * 10}
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = pliant.pack(rows, target="y", output=f"{folder.name}/small.codes")
    >>> len(store), store.task, store.classes, len(store.shard(0))
    (20, 'binary', ('no', 'yes'), 20)
    >>> folder.cleanup()
    """
    options = options or PackOptions()
    path = _place(output, options.overwrite)
    refuse_unwritable(path)
    known = data if isinstance(data, Dataset) else Dataset(data)
    target = target or known.column("target")
    if target is None:
        raise ConfigError("expected the target, the name of the column to predict, got none")
    roles = known.roles
    told = Statements(stated_columns({**known.columns, **options.columns}))
    wanted = Wanted(
        target, task, weight or roles.weight, groups or roles.groups, time or roles.time, told
    )
    found = source_of(data, target, encoding, options)
    with spooled(found, where_links_lead(path).absolute().parent, options.spool_share) as source:
        return _write(source, wanted, path, options)


def _place(output: str | Path, overwrite: bool) -> Path:
    """Return where the store goes; that it can go there is checked before anything is read."""
    path = Path(output)
    if path.suffix != SUFFIX:
        raise ConfigError(f"expected the output to end in {SUFFIX}, got {path.name!r}")
    if not where_links_lead(path).absolute().parent.is_dir():
        raise ConfigError(f"expected the output to be in a folder that exists, got {path}")
    if not overwrite:
        refuse_taken(path)
    if os.path.exists(path) and not (path / NAME).exists():
        raise SaveError(f"expected a store to overwrite, but {path} is something else")
    return path


def source_of(data: Any, target: str, encoding: str | None, options: PackOptions) -> Source:
    """Return what can be packed: a table in memory, files by path, glob or URL, or a dataset."""
    if not isinstance(data, Dataset):
        data = open_data(data, encoding=encoding, missing_files=options.missing_files)
    if data.files:
        how = encoding or data.encoding, options.batch, data.missing_files
        return FileSource(list(data.places), target, *how)
    return FrameSource(data.frame(Reads(target=target)), options.batch)


def _write(source: Source, wanted: Wanted, path: Path, options: PackOptions) -> Store:
    scan = _surveyed(source, wanted, options)
    layout = scan.layout()
    n_shards = -(-scan.kept_rows // options.shard.most_rows(layout.schema, scan.arrow, scan.rows))
    coder, odd = Coder(layout, options.strict, options.batch.file_bytes), OddCounter()
    with _change(path, options) as change:
        writer = ShardWriter(
            layout, n_shards, options.seed, change.aside, held_bytes=options.shard.held_bytes
        )
        rows = 0
        for batch in source.batches(scan.texts):
            for table in coder.tables(batch):
                odd.add(table)
                writer.add(table)
            rows += batch.frame.n_rows
            options.tell(PackProgress("coding", batch.read, source.size, rows))
        refuse_change(scan.rows, rows)
        blocks = writer.finish(change.file, change.number)
        notes = (*source.notes, *scan.notes(layout), *map(str, coder.strays.values()))
        facts = Facts(source.files, scan.arrow, odd.counts, notes)
        change.commit(Manifest(layout, options.seed, n_shards, writer.rows, tuple(blocks), facts))
    return open_store(path)


@contextmanager
def _change(path: Path, options: PackOptions) -> Iterator[Change]:
    """Give what is written to a place, as a new folder or into the store that is there."""
    if not path.exists():
        with new_folder(path) as folder, changed(folder, "", alone=True) as change:
            yield change
        return
    waiting = PackProgress("waiting", 0, 0, 0)
    with (
        held(path, lambda: options.tell(waiting)) as alone,
        changed(path, fingerprint(path), alone) as change,
    ):
        yield change


def refuse_change(before: int, now: int) -> None:
    """Raise DataError when a source gave other rows the second time."""
    if before != now:
        raise DataError(
            f"expected {before} rows again, got {now}: the source changed while it was read"
        )


def _surveyed(source: Source, wanted: Wanted, options: PackOptions) -> Scan:
    """Return a scan of all rows; one more where a column is text but was read as numbers."""
    texts = frozenset[str]()
    while True:
        scan = Scan(wanted, texts, options.seed, options.sampling)
        for batch in source.batches(texts):
            scan.add(batch)
            options.tell(PackProgress("looking", batch.read, source.size, scan.rows))
        if not scan.rows:
            raise DataError("expected rows to pack, got none")
        if scan.torn <= texts:
            return scan
        texts |= scan.torn
