"""Fit, save, load and predict on a real table that comes with scikit-learn."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import pliant

BUDGET = "10s"


def main() -> None:
    """Run the demonstration."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

    start = time.perf_counter()
    model = pliant.Classifier(budget=BUDGET).fit(X_train, y_train)
    seconds = time.perf_counter() - start
    print(f"fitted {len(X_train)} rows in {seconds:.1f} s of {BUDGET} allowed; the best trials:")
    for row in model.model_.card.leaderboard[:5]:
        weight = f"weight {row['weight']:.2f}" if row["weight"] else ""
        print(f"  {row['model']:<26} roc_auc {row['score']:.4f}  {weight}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cancer.pliant")
        model.save(path)
        loaded = pliant.load(path)
        print(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB, and loaded it again")
        auc = roc_auc_score(y_test, loaded.predict_proba(X_test)[:, 1])
        print(f"roc_auc on {len(X_test)} rows it never saw: {auc:.4f}")
        row = X_test.iloc[0].to_dict()
        times = []
        for _ in range(100):
            start = time.perf_counter()
            answer = loaded.predict(row)
            times.append(time.perf_counter() - start)
        print(f"one row from a dict: {answer[0]}, in {sorted(times)[50] * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
