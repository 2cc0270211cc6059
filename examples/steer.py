"""Costs, a threshold, intervals and a monotone constraint, on tables that come with scikit-learn.

python examples/steer.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split

import pliant

FAST: dict[str, Any] = {"trials": 2, "models": ["additive", "lightgbm"]}


def mistakes() -> None:
    """A benign tumour that is called malignant costs 1, the reverse 20."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X, X_new, y, y_new = train_test_split(X, y, random_state=0)  # 0 is malignant
    costs = np.array([[0, 20], [1, 0]])
    for name, model in (
        ("the most probable class", pliant.Classifier(**FAST).fit(X, y)),
        ("the class of least expected cost", pliant.Classifier(costs=costs, **FAST).fit(X, y)),
    ):
        paid = costs[y_new, model.predict(X_new)].sum()
        print(f"{name} costs {paid} on {len(y_new)} new rows")
    print(f"for balanced accuracy, above {model.threshold_for('balanced_accuracy'):.3f}")


def doubts() -> None:
    """How far off numbers are, and one that must not fall with the body mass."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    X, X_new, y, y_new = train_test_split(X, y, random_state=0)
    model = pliant.Regressor(intervals=True, monotone={"bmi": +1}, **FAST).fit(X, y)
    low, high = model.predict_interval(X_new, coverage=0.9).T
    inside = np.mean((low <= y_new) & (y_new <= high))
    print(f"{inside:.0%} of {len(y_new)} new rows lie within intervals of 90 %")
    same = X_new.iloc[[0] * 5].assign(bmi=np.linspace(20, 40, 5))
    print("with a rising body mass:", model.predict(same).round().tolist())


if __name__ == "__main__":
    mistakes()
    doubts()
