"""Making a model smaller and faster: right after its fit, or of rows that it is given."""

from __future__ import annotations

from dataclasses import replace

from pliant.compress.from_file import experiment_of, optimise_file
from pliant.compress.select import Chosen
from pliant.core.config import Limits, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, DataError
from pliant.data.answered import only_column
from pliant.data.dataset import Dataset, Files
from pliant.data.labels import labels_of
from pliant.data.provenance import Provenance
from pliant.data.read import Reads
from pliant.data.stated import stated_columns
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame


def training_data(predictor: Predictor) -> Dataset:
    """Return the files that a model was fitted on, which its card names.

    Raises
    ------
    DataError
        When it names none, or they are not there, or have changed.
    """
    source = Provenance.from_facts(predictor.card.facts)
    if source is None:
        raise DataError(
            "expected the model to name the files it was fitted on, but it was fitted in memory "
            "or on a store: name its rows as data (--data)"
        )
    places = (source.path,) if isinstance(source.path, str) else tuple(source.path)
    roles = (source.weight, source.groups, source.time)
    files = Files(places, tuple(source.found(predictor.card.target)))
    return Dataset(files, predictor.card.target, *roles, stated_columns(None), source.encoding)


def refuse_promises(predictor: Predictor) -> None:
    """Raise ConfigError when a smaller model would not keep what the fit has promised."""
    if "monotone" in predictor.card.facts:
        raise ConfigError(
            "expected a model without monotone constraints to make smaller: students do not keep "
            "them"
        )


def optimized(
    predictor: Predictor, data: Dataset, limits: Limits, deadline: Deadline, resources: Resources
) -> Chosen:
    """Return the best model within limits: the model itself, or one that learned from the rows.

    Raises
    ------
    ConfigError
        When there is no limit.
    DataError
        When the rows lack a column, or the target, or it is not known which column has a role.
    FitError
        When there is no such model.
    """
    frame = _frame(predictor, data)
    experiment = experiment_of(predictor, frame, data.roles)
    return optimise_file(predictor, experiment, limits, deadline, resources)


def _frame(predictor: Predictor, data: Dataset) -> Frame:
    """Return the rows with their target, groups as they were written."""
    target = predictor.card.target
    fitted = Provenance.from_facts(predictor.card.facts)
    named = [data.roles.groups, fitted.groups if fitted else None]
    reads = Reads.of(predictor.schema, [name for name in named if name], target)
    frame = data.frame(replace(reads, columns=None))
    if data.target is None or isinstance(data.target, str):
        return frame
    answers = labels_of(only_column(data.target).values)
    return Frame({**frame, target: answers}, frame.n_rows)
