"""Tune a logistic regression's C, then let it join an ensemble.

The strength is found on one part of the rows and scored on another, which nothing was chosen by.

    python examples/scikit_learn.py
"""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import pliant


def main() -> None:
    """Tune, score on rows that were not seen, and write the ensemble to a file."""
    X, y = load_breast_cancer(return_X_y=True)
    X, X_new, y, y_new = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1e-4))
    space = {"logisticregression__C": pliant.Float(1e-4, 1e3, log=True)}
    before = pipeline.fit(X, y).score(X_new, y_new)
    tuned = pliant.tune(pipeline, space, X, y, trials=10, cv=3)
    after = tuned.best_estimator_.score(X_new, y_new)
    print(f"accuracy on new rows: {before:.3f} as given, {after:.3f} with {tuned.best_params_}")

    own = pliant.sklearn.Learner(pipeline.set_params(**tuned.best_params_), space)
    model = pliant.Classifier(models=["additive", own], trials=4, cv=3).fit(X, y)
    model.save("cancer.pliant")
    print(f"accuracy of the ensemble: {model.score(X_new, y_new):.3f}")


if __name__ == "__main__":
    main()
