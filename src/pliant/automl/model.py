"""A fitted model with all that can be done with it: what `pliant.load` returns.

What predicts is a `runtime` model, which needs NumPy alone; all else is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pliant import artifact
from pliant.automl.explaining import ExplainingModel
from pliant.automl.predicting import PredictingModel
from pliant.automl.rows import dataset_of, rows_for
from pliant.runtime.model import Predictor

if TYPE_CHECKING:
    from pliant.artifact.profile import Profile
    from pliant.compile.export import Exported
    from pliant.compress.shrink import Shrinking
    from pliant.data.dataset import Dataset


class Model(PredictingModel, ExplainingModel):
    """A fitted ensemble: it predicts, is scored, shrinks, is saved and exported.

    `pliant.load` returns one, and `Classifier.model_` and `Regressor.model_` are one. Data to
    predict, to score on or to learn from are a table in memory, a path, a glob, a URL, a list of
    these, or what `pliant.data.open` returns.

    Attributes
    ----------
    schema : Schema
        The columns that are read, and those that are left out, with reasons.
    card : Card
        Task, target, metric, score, leaderboard and provenance.
    members : tuple of Member
        The models of the ensemble, the heaviest first: how each was made, and its place in the
        program.
    classes : tuple
        The labels in the order of the columns of `predict_proba`; empty for a regression.
    classes_ : ndarray of shape (K,)
        The same as an array; a regression has none, as in scikit-learn.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        The names of the columns of the fit, x0, x1, ... where they had none; those that were
        stated to be ignored, or said which group a row belongs to, are not among them.
    pareto_ : list of dict
        What limits, or `optimize`, made choose from, as `Classifier.pareto_` has it; empty
        otherwise.
    note_ : str
        What to know of the losses in `pareto_`; empty where that is nothing.
    predictor : pliant.runtime.model.Predictor
        What predicts: schema, program and labels.

    Examples
    --------
    >>> import pliant
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
    >>> model.classes_.tolist(), model.feature_names_in_.tolist(), model.n_features_in_
    (['no', 'yes'], ['age'], 1)
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        shrinking: Shrinking | None = None,
        pareto: Sequence[Mapping[str, Any]] = (),
        note: str = "",
        size: int | None = None,
    ) -> None:
        super().__init__(predictor)
        self.pareto_: list[dict[str, Any]] = [dict(point) for point in pareto]
        self.note_ = note
        self._shrinking, self._size = shrinking, size

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.predictor, self.pareto_, self.note_, self._size)

    def __repr__(self) -> str:
        score = "" if self.card.score is None else f", {self._metric} {self.card.score}"
        return f"<Model of {self.card.target!r}: {self.card.task}{score}>"

    @property
    def _metric(self) -> str:
        return self.card.metric.removeprefix("neg_")

    @property
    def size(self) -> int:
        """The bytes of the file that the model is from, or would be written as."""
        return artifact.size_of(self.predictor) if self._size is None else self._size

    def describe(self) -> dict[str, Any]:
        """Return what the model says of itself as plain data, as `pliant show --json` prints it.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> said = model.describe()
        >>> said["task"], said["target"], said["classes"], said["metric"]
        ('binary', 'y', ['no', 'yes'], 'roc_auc')
        >>> [column["name"] for column in said["schema"]]
        ['age']
        """
        from pliant.automl.describing import described

        return described(self.predictor, self.size)

    def profile(self, data: object = None, *, seconds: float = 2.0, threads: int = 1) -> Profile:
        """Return what the model costs when it is used, measured here: see `pliant bench`.

        Parameters
        ----------
        data : as in `predict`, or None
            Rows to predict; made up by default.
        seconds : float, default 2.0
            About how long single rows are timed.
        threads : int, default 1
            Threads for many rows.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> found = model.profile(seconds=0.01)
        >>> found.p50 <= found.p99, found.rows_per_second > 0, found.size == model.size
        (True, True, True)
        """
        from pliant.artifact.profile import measure, measure_loaded
        from pliant.runtime.intake import to_frame

        rows = None if data is None else to_frame(rows_for(data, self.schema), self.predictor.reads)
        if self._size is None:
            return measure(self.predictor, seconds, rows, threads)
        return measure_loaded(self.predictor, self._size, seconds, rows, threads)

    def save(self, path: str | Path) -> None:
        """Write the model to one data-only file, whole or not at all.

        Raises
        ------
        SaveError
            When the file cannot be written.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> model.save(f"{folder.name}/rich.pliant")
        >>> pliant.load(f"{folder.name}/rich.pliant").size == model.size
        True
        >>> folder.cleanup()
        """
        artifact.save(self.predictor, path)

    def export(self, path: str | Path, to: str = "onnx") -> Exported:
        """Write the model in another format, checked and whole or not at all: see `pliant.export`.

        Parameters
        ----------
        path : str or Path
            The file to write; it ends in the format's name, ".onnx".
        to : str, default "onnx"
            The format.

        Raises
        ------
        ConfigError
            When the format is unknown, or the path has another suffix.
        ExportError
            When ONNX cannot say what the model does, or does not compute it.
        MissingLibraryError
            When onnx is not installed.
        SaveError
            When the file cannot be written.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> done = model.export(f"{folder.name}/rich.onnx")
        >>> [value.name for value in done.inputs], done.size > 0
        (['age'], True)
        >>> folder.cleanup()
        """
        from pliant.compile.export import export

        return export(self.predictor, path, to)

    def training_data(self) -> Dataset:
        """Return the files that the model was fitted on, found by what its card tells of them.

        Raises
        ------
        DataError
            When it names none, as after a fit in memory or to a store, or they are not there any
            more, or have changed.

        Examples
        --------
        >>> import pathlib, tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = pathlib.Path(folder.name, "train.csv")
        >>> _ = path.write_text("age,rich\\n" + "23,no\\n61,yes\\n" * 20)
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(path, "rich").model_
        >>> model.training_data().target
        'rich'
        >>> folder.cleanup()
        """
        from pliant.automl.optimizing import training_data

        return training_data(self.predictor)

    def optimize(
        self,
        data: object = None,
        *,
        max_latency: str | float | None = None,
        max_size: str | float | None = None,
        max_loss: str | float | None = None,
        budget: str | float | None = "60s",
        n_jobs: int | None = None,
        engine: str = "auto",
        memory: str | float | None = None,
    ) -> Model:
        """Return a smaller and faster model that stays within limits; this one stays as it is.

        Right after a fit, the ensemble with fewer members and trees, and students, are tried; of a
        model from a file, or with `data`, students of its rows. The one with the best score on
        held-out rows is kept; with `max_loss` alone, the fastest. `pareto_` of the new model tells
        of all that were tried. Ctrl-C ends the trying, and takes the best of what is ready.

        Parameters
        ----------
        data : as in `predict`, with the target, or None
            Rows to learn from. None are those of the fit: right after it what is in memory, else
            the files that the card names. Columns with roles are named by `pliant.data.open`.
        max_latency : str, float or None
            Most time from one row to its prediction, the median: "100us", or seconds.
        max_size : str, float or None
            Most bytes of the model file: "300kB", or a number of bytes.
        max_loss : str, float or None
            Most of the score that may be given up: "0.2%", or 0.002.
        budget : str, float or None, default "60s"
            Time for trying students; None is no end.
        n_jobs, engine, memory
            What students of `data` may use, as `n_jobs`, `engine` and `memory` of an estimator;
            right after a fit, its own.

        Raises
        ------
        ConfigError
            When no limit is given, or one makes no sense.
        DataError
            When there are no rows to learn from, or they lack a column.
        FitError
            When no model stays within the limits.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> small = model.optimize(max_size="20kB", budget="1s")
        >>> small.size <= 20_000, [point["chosen"] for point in small.pareto_].count(True)
        (True, 1)
        """
        from pliant.automl.optimizing import optimized
        from pliant.compress.shrink import optimise
        from pliant.core.config import Limits, Resources, parse_seconds
        from pliant.core.deadline import Deadline

        limits = Limits(max_latency, max_size, max_loss)
        limits.refuse_none()
        deadline = Deadline(None if budget is None else parse_seconds(budget))
        if data is None and self._shrinking is not None:
            chosen = optimise(limits, self._shrinking, deadline)
        else:
            rows = self.training_data() if data is None else dataset_of(data)
            resources = Resources.of(n_jobs, engine, memory)
            chosen = optimized(self.predictor, rows, limits, deadline, resources)
        return Model(
            chosen.model, shrinking=self._shrinking, pareto=chosen.points, note=chosen.remark
        )


def _restored(
    predictor: Predictor, pareto: Sequence[Mapping[str, Any]], note: str, size: int | None
) -> Model:
    """Return a model that was pickled: what its fit knew stayed behind."""
    return Model(predictor, pareto=pareto, note=note, size=size)
