"""A family from outside the package, as text: a script, or a module of another package."""

FAMILY = '''
from dataclasses import dataclass

import numpy as np
import pliant
from pliant.models.base import Fitted, link_of, tables_op


@dataclass(frozen=True)
class SharesConfig:
    smoothing: float = 1.0


class Shares(pliant.Family):
    """The shares of the classes among the rows of each code, added up."""

    name = "shares"
    defaults = {"default": pliant.Default(SharesConfig(), rank=5)}
    space = {"smoothing": pliant.Float(0.01, 100, log=True)}

    def fit(self, data, config, allowance):
        X, target = data.train.X, data.target
        if target.task != "binary":
            raise ValueError("expected two classes")
        tables = []
        for f, feature in enumerate(data.features):
            ones, all_ = (
                np.bincount(X[:, f], weight, feature.n_codes)
                for weight in (data.train.weights * target.values, data.train.weights)
            )
            share = (ones + config.smoothing) / (all_ + 2 * config.smoothing)
            tables.append(np.log(share / (1 - share))[:, None])
        return Fitted((tables_op(tables, np.zeros(1)),), link_of(target.task))
'''

SCRIPT = """
import sys
from pathlib import Path

import pandas as pd


def main(engine):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=300), "b": rng.choice(list("uvw"), 300)})
    y = np.where(X.a + (X.b == "u") > 0, "yes", "no")
    settings = {"trials": 3, "models": ["additive", Shares()], "journal": "journal"}
    model = pliant.Classifier(engine=engine, n_jobs=2, **settings).fit(X, y)
    tried = {t.candidate.name: t.status for t in model.trials_}
    assert tried["shares default"] == "done", model.trials_
    before = len(list(Path("journal").glob("*.trial")))
    again = pliant.Classifier(**settings).fit(X, y)
    assert len(list(Path("journal").glob("*.trial"))) == before == 3
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    alone = pliant.Classifier(trials=4, models=[Shares()]).fit(X, y)
    assert len({t.candidate.config for t in alone.trials_}) > 3  # of its space
    alone.save("m.pliant")
    loaded = pliant.load("m.pliant")
    assert alone.score(X, y) > 0.7
    assert np.array_equal(loaded.predict_proba(X), alone.predict_proba(X))
    assert loaded.predict_proba(dict(X.iloc[0]))[0][1] == alone.predict_proba(X)[0][1]


if __name__ == "__main__":
    main(sys.argv[1])
"""
