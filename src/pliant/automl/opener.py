"""A dataset, opened to learn from: read into memory, or as a store where it is one or is too large.

What had to be packed for that is removed in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pliant.automl.rows import dataset_of
from pliant.core.atomic import scratch_folder
from pliant.core.errors import ConfigError, DataError
from pliant.core.memory import give_back
from pliant.core.temporary import temporary_folder
from pliant.data.answered import column_of
from pliant.data.dataset import Dataset, Unread
from pliant.data.opening import open_data
from pliant.data.paths import in_memory
from pliant.data.read import Reads
from pliant.data.roles import learn_roles
from pliant.data.stated import stated_columns
from pliant.data.store.packing import PackOptions, PackProgress, pack
from pliant.data.store.store import SUFFIX, Store
from pliant.data.table import MIN_ROWS
from pliant.data.target import tell_task
from pliant.ensemble.incremental.fits_in_memory import too_large
from pliant.ensemble.incremental.rows import FrameRows, Question, Rows
from pliant.ensemble.incremental.sample import StoreRows
from pliant.runtime.intake import to_frame
from pliant.runtime.raw import Frame
from pliant.training.context import FitContext
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress

if TYPE_CHECKING:
    from pliant.automl.base import Estimator

MAX_NAMED = 8
"""Columns that an error names."""


@dataclass(frozen=True)
class Opened:
    """Rows to learn from; `names` are the columns beside the target, made up unless `named`."""

    rows: Rows
    names: Sequence[str]
    named: bool = True

    @property
    def question(self) -> Question | None:
        """The target as it was given; None of a store, which has it as codes."""
        return self.rows.question if isinstance(self.rows, FrameRows) else None


class Opener:
    """Opens datasets for a fit.

    What it packs goes into a folder in `scratch`, by default that of temporary files; who listens
    in the `context` hears of that.
    """

    def __init__(self, spec: FitSpec, context: FitContext, scratch: Path | None = None) -> None:
        self._spec, self._context, self._scratch = spec, context, scratch

    @contextmanager
    def opened(self, data: Dataset) -> Iterator[Opened]:
        """Give the rows of a dataset, while they are needed.

        Raises
        ------
        DataError
            When they cannot be read, or lack the target or a column with a role.
        ConfigError
            When no target is named.
        """
        if data.store is not None:
            yield _of_store(data.store)
            return
        if not data.files:
            yield _of_table(data)
            return
        if not isinstance(data.target, str):
            raise ConfigError(
                "expected the target, the name of the column to predict: a store knows its own, "
                f"but {data.name} is not one"
            )
        reason = too_large(data.files, self._spec.resources.memory)
        if not reason:
            yield self._of_files(data, data.target)
            return
        data.tell(f"packing {data.name} into codes first: {reason}")
        with self._folder() as folder:
            yield _of_store(self._packed(data, data.target, folder))

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Give an empty folder, which is removed whatever comes."""
        if self._scratch is None:
            with temporary_folder() as folder:
                yield folder
        else:
            with scratch_folder(self._scratch / "pliant") as folder:
                yield folder

    def _of_files(self, data: Dataset, target: str) -> Opened:
        told, named = data.statements, data.roles
        as_text = [named.groups] if named.groups is not None else []
        as_text += [name for name, stated in told.columns.items() if not stated.numeric]
        frame = data.frame(Reads(texts=as_text, target=target))
        if target not in frame:
            raise _no_target(target, data.name, list(frame))
        roles, left_out = learn_roles(frame, named.weight, named.groups, named.time)
        question = Question(target, frame[target])
        if self._spec.task is None:
            said = tell_task(target, frame[target]).said(target)
            if said:
                data.tell(said)
        told.refuse_unknown(list(frame))
        rows = FrameRows(_without(frame, {*left_out, target}), question, roles, told)
        return Opened(rows, [name for name in frame if name != target])

    def _packed(self, data: Dataset, target: str, folder: Path) -> Store:
        def news(now: PackProgress) -> None:
            done = 100 * now.read / max(now.size, 1)
            said = f"packing: {now.stage}, {now.rows:,} rows, {done:.0f} %"
            deadline = self._context.deadline
            self._context.tell(
                Progress("read", deadline.elapsed(), deadline.seconds, 0, None, said)
            )

        named = data.roles
        store = pack(
            list(data.places),
            target=target,
            output=folder / f"rows{SUFFIX}",
            task=self._spec.task,
            weight=named.weight,
            groups=named.groups,
            time=named.time,
            encoding=data.encoding,
            options=PackOptions(
                seed=self._spec.seed,
                tell=news,
                columns=data.columns,
                missing_files=data.missing_files,
            ),
        )
        for said in store.manifest.facts.notes:
            data.tell(said)
        give_back()
        return store


def given(X: object, y: object, roles: Sequence[object], estimator: Estimator) -> Dataset:
    """Return what an estimator was given as one dataset; `roles` are weight, groups and time.

    Raises
    ------
    DataError
        When there is no target, or something beside a store or a dataset.
    """
    data = _given(X, y, roles, estimator.columns)
    if data.target is None:
        raise DataError(
            f"expected y: {type(estimator).__name__} requires y to be passed, "
            "but the target y is None"
        )
    return data


def _given(
    X: object, y: object, roles: Sequence[object], columns: Mapping[str, str] | None
) -> Dataset:
    if not isinstance(X, Unread):
        weight, groups, time = roles
        return open_data(X, y, weight=weight, groups=groups, time=time, columns=columns)
    if any(value is not None for value in (y, *roles)):
        raise DataError(
            "expected nothing beside a store or a dataset: it holds target, weights and all"
        )
    data = dataset_of(X)
    if data.is_store:
        return data
    return replace(data, columns={**stated_columns(columns), **data.columns})


def _of_store(store: Store) -> Opened:
    return Opened(StoreRows(store), [column.name for column in store.schema.columns])


def _of_table(data: Dataset) -> Opened:
    """Return the rows of a table in memory, its target a column of it or given beside it."""
    from pliant.automl.validation import column_names, has_names, question_of

    X, told, names = data.source, data.statements, column_names(data.source)
    own = [data.target] if isinstance(data.target, str) else []
    question = question_of(_target(data, names), *own)
    ignored = {name for name, stated in told.columns.items() if stated.kind == "ignore"}
    if names is not None:
        names = [name for name in names if name not in own]
    read = [name for name in names if name not in ignored] if names and (ignored or own) else None
    frame = in_memory(to_frame(X, read), data.missing_files)
    names = list(frame) if read is None or names is None else names
    told.refuse_unknown(names)
    _check_rows(frame.n_rows, len(question.column))
    roles, left_out = learn_roles(frame, data.weight, data.groups, data.time)
    rows = FrameRows(_without(frame, left_out), question, roles, told)
    return Opened(rows, names, has_names(X) or bool(own))


def _target(data: Dataset, names: Sequence[str] | None) -> object:
    """Return the values of the target of a table in memory."""
    if not isinstance(data.target, str):
        return data.target
    if names is None:
        raise DataError(
            f"expected the values of the target, got the name {data.target!r}: the table's columns "
            "have no names"
        )
    if data.target not in names:
        raise _no_target(data.target, data.name, names)
    return column_of(data.source, data.target)


def _no_target(target: str, name: str, names: Sequence[str]) -> DataError:
    known = ", ".join(map(repr, names[:MAX_NAMED]))
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return DataError(
        f"expected the target {target!r} to be a column of {name}, which has {known}{more}"
    )


def _check_rows(n_rows: int, n_targets: int) -> None:
    if n_rows != n_targets:
        raise DataError(
            f"expected one value of y a row of X, got {n_targets} values for {n_rows} rows"
        )
    if n_rows < MIN_ROWS:
        raise DataError(
            f"expected at least {MIN_ROWS} rows to learn from, got X with n_samples={n_rows}"
        )


def _without(frame: Frame, names: set[str]) -> Frame:
    return Frame({k: v for k, v in frame.items() if k not in names}, frame.n_rows)
