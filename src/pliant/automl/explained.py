"""What explanations start from: scored rows, background rows, rows that were held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pliant.automl.optimizing import training_data
from pliant.automl.rows import rows_for
from pliant.automl.scoring import Judged, checked, task_of
from pliant.core.errors import DataError
from pliant.data.dataset import Dataset
from pliant.data.provenance import Provenance
from pliant.data.read import Reads
from pliant.data.target import known_target
from pliant.explain.background import BACKGROUND_ROWS, draw_background, recoded
from pliant.explain.importance import ScoredRows, importances
from pliant.metrics import LOSS, is_known, metric_of, named
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Card, Predictor

if TYPE_CHECKING:
    from pliant.compress.shrink import Shrinking

HELD_ROWS, REPEATS = 2_000, 5
"""Held-out rows that importances right after a fit are taken from, and shuffles of each column."""


def scored_rows(
    predictor: Predictor, data: object, y: object, metric: Any, weight: object
) -> ScoredRows:
    """Return rows with their answers, encoded, and the metric that they are scored by.

    Of no metric it is that of the fit, or where that is not known here, what models of the task are
    trained for. `data`, `y` and `weight` are as `Model.score` has them.

    Raises
    ------
    ConfigError
        When there is no such metric.
    DataError
        When the answers are missing, or their number is another one than that of the rows.
    """
    card, task = predictor.card, task_of(predictor)
    judged = Judged.of(predictor, data, y, weight)
    name = named(metric)
    if name is None:
        name = card.metric if is_known(card.metric, task) else LOSS[task].name
    target = known_target(card.target, judged.answers, task, predictor.classes)
    coded = predictor.schema.encode(to_frame(judged.rows, predictor.reads))
    checked(coded.codes, judged)
    return ScoredRows(coded, target, judged.weight, metric_of(name, task))


@dataclass(frozen=True)
class Backgrounds:
    """Where the background rows of a model come from: see `Model.explain`."""

    predictor: Predictor
    shrinking: Shrinking | None = None

    def of(self, data: object) -> Coded:
        """Return rows of data, or else those that are kept in the file, or others of the fit."""
        if data is None and self.predictor.background is not None:
            return self.predictor.background
        return self.drawn(data)

    def drawn(self, data: object, n_rows: int = BACKGROUND_ROWS) -> Coded:
        """Return rows of data, or else of the fit: those in memory, or in its files.

        Raises
        ------
        DataError
            When no rows are given, and none of the fit can be found.
        """
        if data is not None:
            return self._drawn(rows_for(data, self.predictor.schema), n_rows)
        if self.shrinking is not None:
            table = self.shrinking.builder.experiment.table
            drawn = draw_background(table.coded, n_rows)
            return recoded(drawn, table.schema, self.predictor.schema)
        frame = self._training_data().frame(Reads.of(self.predictor.schema))
        return self._drawn(frame, n_rows)

    def _training_data(self) -> Dataset:
        try:
            return training_data(self.predictor)
        except DataError as error:
            named = Provenance.from_facts(self.predictor.card.facts) is not None
            why = f"; the files of the fit cannot be read: {error}" if named else ""
            raise DataError(
                "expected rows to compare predictions with, but the model keeps none: give some of "
                "the training data as the background (--background), or keep some in the file "
                f"(model.with_background(), pliant fit --explain){why}"
            ) from None

    def _drawn(self, rows: Any, n_rows: int) -> Coded:
        coded = self.predictor.schema.encode(to_frame(rows, self.predictor.reads))
        if len(coded) == 0:
            raise DataError("expected background rows, got none")
        return draw_background(coded, n_rows)


def held_out_importances(shrinking: Shrinking) -> Mapping[str, float]:
    """Return the permutation importance of each column right after a fit, by its name.

    It is that of the ensemble on rows that were held out, split after split, with the models that
    have not learned from them, and by what models are trained for: log loss, or squared error.
    """
    from pliant.compile.build import build
    from pliant.compress.distill.teacher import fold_members

    experiment, selection = shrinking.builder.experiment, shrinking.selection
    table, task = experiment.table, experiment.table.target.task
    total: dict[str, float] = {}
    left = HELD_ROWS
    n_splits = min(len(trial.outcomes) for trial in selection.trials)
    for number, split in enumerate(experiment.splits[:n_splits]):
        rows = np.random.default_rng(number).permutation(split.valid)[:left]
        built = build(fold_members(experiment, selection, number))
        card = Card(task, shrinking.builder.target, "", None)
        model = Predictor(table.schema, built.ops, table.target.classes, card)
        part = table.take(rows)
        scored = ScoredRows(part.coded, part.target, part.roles.weight, LOSS[task])
        for each in importances(model, scored, REPEATS):
            total[each.name] = total.get(each.name, 0.0) + len(rows) * each.mean
        left -= len(rows)
        if left <= 0:
            break
    return {name: value / (HELD_ROWS - left) for name, value in total.items()}
