"""A model as far as it explains itself: importance, contributions, effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pliant.automl.model import Model
    from pliant.compress.shrink import Shrinking
    from pliant.explain.explanation import Explanation
    from pliant.runtime.model import Predictor


class ExplainingModel:
    """What tells which columns matter, and why a row has its prediction: a part of `Model`.

    All of it is imported when it is asked for.
    """

    predictor: Predictor
    pareto_: list[dict[str, Any]]
    note_: str
    _shrinking: Shrinking | None

    def importance(
        self,
        data: object,
        y: object = None,
        metric: Any = None,
        *,
        repeats: int = 5,
        groups: Mapping[str, Sequence[str]] | None = None,
        sample_weight: object = None,
        random_state: int = 0,
    ) -> Any:
        """Return how much of the score is lost where a column is shuffled, the most first.

        This is permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019). Give it rows
        that the model has not learned from: of others it tells what was learned by heart.

        Parameters
        ----------
        data, y, metric, sample_weight : as in `score`
            By default the metric is that of the fit.
        repeats : int, default 5
            How often each column is shuffled; "std_error" tells what is left of chance in that.
        groups : dict of str to list of str, or None
            Columns that are shuffled together, by a name for them; they are not told one by one.
        random_state : int, default 0
            What the shuffles start from.

        Returns
        -------
        DataFrame, or list of dict without pandas
            "column", "importance" in units of the metric, "std_error", and "goes_with": columns
            that tell much the same, by whom a shuffled one is made up for.

        Raises
        ------
        ConfigError
            When there is no such metric, or a group makes no sense.
        DataError
            When the answers are missing.

        Examples
        --------
        >>> import pliant
        >>> rows = {"age": [23, 61, 35, 70] * 9, "pets": [0, 1, 2] * 12}
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, [False, True] * 18)
        >>> found = model.model_.importance(rows, [False, True] * 18)
        >>> list(found["column"]), bool(found["importance"][0] > 0.2)
        (['age', 'pets'], True)
        """
        from pliant.automl.explained import scored_rows
        from pliant.core.frames import as_frame
        from pliant.explain.importance import importances

        rows = scored_rows(self.predictor, data, y, metric, sample_weight)
        found = importances(self.predictor, rows, repeats, groups, random_state)
        return as_frame([each.said() for each in found])

    def explain(
        self,
        data: object,
        background: object = None,
        *,
        log_odds: bool = False,
        error: float = 0.02,
        random_state: int = 0,
        threads: int = 1,
    ) -> Explanation:
        """Return how much each column moves each prediction away from the mean one.

        These are Shapley values (Shapley 1953; Lundberg & Lee 2017) of the whole model in the unit
        of its predictions, against up to 64 background rows. They add up to the prediction less the
        mean prediction of these. Rows that differ in few columns are compared exactly, others by
        sampling (`pliant.explain.shapley` tells how).

        Parameters
        ----------
        data : as in `predict`
        background : as in `predict`, or None
            Rows such as the model has learned from, of which up to 64 are drawn. None are those of
            the fit: kept in the file (`with_background`), right after the fit what is in memory,
            else the files that the card names.
        log_odds : bool, default False
            Explain log(p / (1 - p)) of each class instead of p.
        error : float, default 0.02
            The standard error at which sampling stops, as a share of a row's largest contribution;
            0 asks all coalitions, of 12 columns at most.
        random_state : int, default 0
            What sampling starts from; a row has the same explanation alone and among others.
        threads : int, default 1
            How many threads rows are shared among.

        Raises
        ------
        ConfigError
            When `error` makes no sense, or log-odds of a regression are asked for.
        DataError
            When a column that is read is missing, or there are no background rows.

        Examples
        --------
        >>> import pliant
        >>> rows = {"age": [23, 61, 35, 70] * 9, "pets": [0, 1, 2] * 12}
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, [False, True] * 18)
        >>> why = model.model_.explain({"age": 65, "pets": 1})
        >>> why.columns, bool(why.values[0, 0, 0] > 0.2)
        (('age', 'pets'), True)
        """
        from pliant.automl.explained import Backgrounds
        from pliant.automl.rows import rows_for
        from pliant.explain.contributions import Explainer
        from pliant.explain.shapley import Precision
        from pliant.runtime.intake import to_frame

        precision = Precision(error)
        rows = Backgrounds(self.predictor, self._shrinking).of(background)
        explainer = Explainer(self.predictor, rows, log_odds, precision, random_state, threads)
        table = rows_for(data, self.predictor.schema)
        return explainer.explain(to_frame(table, self.predictor.reads))

    def effect(self, data: object, column: str) -> Any:
        """Return how predictions go with a column of numbers: accumulated local effects.

        They are 0 in the mean over the rows (Apley & Zhu 2020). Unlike a partial dependence, no row
        is moved far from where it is, so that columns that go together do not mislead.

        Parameters
        ----------
        data : as in `predict`
            Rows over which the mean is taken.
        column : str
            A column of numbers.

        Returns
        -------
        DataFrame, or list of dict without pandas
            "value" of the column, and "effect" on the number or the probability of the second
            class; of several classes a column each, "effect(LABEL)".

        Raises
        ------
        ConfigError
            When the column is none of numbers, or the model does not read it.
        DataError
            When the rows lack a column, or have one value of it only.

        Examples
        --------
        >>> import pliant
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, values).model_
        >>> model.effect(rows, "x")["effect"].round().tolist()
        [-15.0, -5.0, 5.0, 15.0]
        """
        from pliant.automl.rows import rows_for
        from pliant.core.frames import as_frame
        from pliant.explain.effect import accumulated_effect
        from pliant.runtime.intake import to_frame

        table = to_frame(rows_for(data, self.predictor.schema), self.predictor.reads)
        coded = self.predictor.schema.encode(table)
        found = accumulated_effect(self.predictor, coded, column)
        return as_frame(list(found.rows(self.predictor.classes)))

    def with_background(self, data: object = None, rows: int = 64) -> Model:
        """Return the same model that keeps background rows as codes, in its file too.

        It can then be explained where none of the training data is. Texts are kept as they are.

        Parameters
        ----------
        data : as in `predict`, or None
            Rows such as the model has learned from; None are those of the fit, as in `explain`.
        rows : int, default 64
            How many are drawn of them, at most.

        Raises
        ------
        ConfigError
            When that is less than one.
        DataError
            When there are no such rows.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> kept = model.with_background()
        >>> kept.describe()["facts"]["background"]["rows"], kept.size > model.size
        (36, True)
        """
        from pliant.automl.explained import Backgrounds
        from pliant.automl.model import Model
        from pliant.core.errors import ConfigError

        if rows < 1:
            raise ConfigError(f"expected at least 1 background row, got {rows}")
        background = Backgrounds(self.predictor, self._shrinking).drawn(data, rows)
        return Model(
            self.predictor.with_background(background),
            shrinking=self._shrinking,
            pareto=self.pareto_,
            note=self.note_,
        )
