"""The journal of a fit: a folder that gets a file for each finished trial.

    fit.json        what is fitted: a journal serves that fit and no other
    lock            held by the process at work; it is free again when that is gone, however it went
    00000.trial     a trial with its out-of-fold predictions and models, as `artifact.container`
    optuna.log      the same trials in Optuna's words, for its dashboard, where it is installed

A trial is written beside its place, to the disk, and renamed: it is there whole or not at all.
One that cannot be written, because the disk is full, is warned of, and the fit goes on without it:
when the fit is called again, that trial is fitted again, as one is whose file was removed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from pliant.artifact.codec import ArrayReader, ArrayWriter
from pliant.artifact.container import MISFITS, dumps, read_parts, write_parts
from pliant.core.atomic import left_over, refused, replacing, sync_names, where_links_lead
from pliant.core.errors import ConfigError, ModelFileError, PliantWarning, SaveError
from pliant.core.locks import Lock, try_lock
from pliant.models.learner import Learner
from pliant.models.registry import FAMILIES
from pliant.search.journal.codec import JournalEntry, entry_from_json, entry_to_json
from pliant.search.journal.dashboard import Dashboard
from pliant.training.records import Candidate

FORMAT = 1
SUFFIX = ".trial"
_PARTS = ("trial.json", "arrays.bin")
_REMOVE = "remove it, and that trial is fitted again"


class Journal:
    """Keeps the trials of a fit in `folder`, and gives those back that are there.

    `identity` says in plain data what is fitted, and `learners` has by name what may have been. A
    context manager: while it is open, no other process can open the same folder.

    Raises
    ------
    ConfigError
        When the folder holds the journal of another fit, or another process is at work on it.
    SaveError
        When it cannot be written to.
    """

    def __init__(
        self,
        folder: str | Path,
        identity: Mapping[str, Any],
        learners: Mapping[str, Learner] = FAMILIES,
    ) -> None:
        self._folder, self._learners = where_links_lead(Path(folder)), learners
        self._warned = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except OSError as error:
            if isinstance(error, SaveError):
                raise
            raise refused(Path(folder), error) from None
        try:
            self._claim(json.loads(dumps(identity)))
            self._unread = self._read()
            self._next = 1 + max(self._unread, default=-1)
            self._dashboard: Dashboard | None = None
            if find_spec("optuna"):
                self._dashboard = Dashboard(self._folder / "optuna.log", learners)
                self._dashboard.catch_up([entry.trial for entry in self._unread.values()])
                self._warn_of(self._dashboard.lost)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._lock.close()

    @property
    def more(self) -> bool:
        """Whether there are trials that nobody has asked for yet."""
        return bool(self._unread)

    def recall(self, proposed: Candidate) -> JournalEntry | None:
        """Return the entry that a proposal became, once; None when there is none."""
        for number, entry in self._unread.items():
            if entry.proposed == proposed:
                del self._unread[number]
                return self._entry(self._trial(number))
        return None

    def record(self, entry: JournalEntry) -> None:
        """Keep a finished trial; that it cannot be written, is warned of once.

        Raises
        ------
        ConfigError
            When another process is at work on the journal, where no lock keeps it out.
        """
        arrays = ArrayWriter()
        described = dumps(entry_to_json(entry, arrays))
        path = self._trial(self._next)
        if path.exists():
            raise self._busy()
        try:
            write_parts(path, FORMAT, {"trial.json": described, "arrays.bin": arrays.bytes()})
        except SaveError as error:
            self._warn(str(error))
            return
        self._next += 1
        if self._dashboard:
            self._dashboard.add(entry.trial)
            self._warn_of(self._dashboard.lost)

    def _warn_of(self, lost: str) -> None:
        if lost:
            self._warn(f"expected to write {self._folder / 'optuna.log'}, but: {lost}")

    def _warn(self, what: str) -> None:
        """Say once that the journal is not whole."""
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"{what}; the fit goes on, and what the journal lacks is made up for when the same "
                "fit is called again",
                PliantWarning,
                stacklevel=2,
            )

    def _trial(self, number: int) -> Path:
        return self._folder / f"{number:05}{SUFFIX}"

    def _busy(self) -> ConfigError:
        return ConfigError(
            f"expected the journal {self._folder} to be free, but another process is at work on it"
        )

    def _locked(self) -> Lock:
        """Return the journal's lock; what processes that are gone left half-written is removed."""
        lock = try_lock(self._folder / "lock")
        if lock is None:
            raise self._busy()
        if lock.real:
            for path in left_over(self._folder):
                path.unlink(missing_ok=True)
        return lock

    def _claim(self, identity: dict[str, Any]) -> None:
        """Say what this journal is of, or check what it says."""
        path = self._folder / "fit.json"
        if not path.exists():
            with replacing(path) as file:
                file.write(dumps(identity))
            sync_names(self._folder.absolute().parent)
            return
        try:
            known = dict(json.loads(path.read_bytes()))
        except (ValueError, TypeError) as error:
            raise ModelFileError(f"expected {path} to say what is fitted ({error})") from None
        differing = [key for key in {**identity, **known} if known.get(key) != identity.get(key)]
        if differing:
            raise ConfigError(
                f"expected {self._folder} to be the journal of this fit, but it is of one with "
                f"another {' and '.join(differing)}: name another folder, or remove that one"
            )

    def _read(self) -> dict[int, JournalEntry]:
        """Return what is said of the trials that are there by number, in their order.

        Predictions and models of all of them may be more than memory holds.
        """
        entries = {}
        for path in self._folder.glob(f"*{SUFFIX}"):
            if path.stem.isdecimal():
                entry = self._entry(path)
                entries[int(path.stem)] = replace(entry, trial=entry.trial.told())
        return dict(sorted(entries.items()))

    def _entry(self, path: Path) -> JournalEntry:
        """Return a trial with its predictions and models; damage is said."""
        try:
            described, arrays = read_parts(path, FORMAT, _PARTS, "trial")
            return entry_from_json(json.loads(described), ArrayReader(arrays), self._learners)
        except ModelFileError as error:
            raise ModelFileError(f"{error}: {_REMOVE}") from None
        except MISFITS as error:
            text = f"{type(error).__name__} {error}"
            raise ModelFileError(
                f"{path}: the trial does not hold together ({text}): {_REMOVE}"
            ) from None
