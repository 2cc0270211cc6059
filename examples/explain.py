"""What a model goes by, on a real table that comes with scikit-learn: patients with diabetes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import pliant


def main() -> None:
    """Fit, ask which columns matter, why one patient has that prediction, and how bmi acts."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = pliant.Regressor(trials=2, models=["additive", "lightgbm"]).fit(X_train, y_train)

    print("RMSE that is lost where a column is shuffled, on patients it never saw:")
    print(model.importance(X_test, y_test).round(2).to_string(index=False))
    blood = {"blood": ["s1", "s2", "s3", "s4", "s5", "s6"]}
    grouped = model.importance(X_test, y_test, groups=blood)
    print(
        "\nthe six of the blood together:", round(grouped.set_index("column").importance.blood, 2)
    )

    why = model.explain(X_test.iloc[:1])
    print(f"\nwhy one patient has this prediction:\n{why}")
    apart = abs(why.base + why.values.sum(axis=1) - why.prediction).max()
    print(f"base and contributions add up to it, within {apart:.0e}")

    effect = model.effect(X_test, "bmi")
    low, high = effect.iloc[0], effect.iloc[-1]
    print(f"\nfrom a bmi of {low.value:.0f} to {high.value:.0f}: {high.effect - low.effect:+.0f}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "diabetes.pliant")
        kept = model.model_.with_background()
        kept.save(path)
        again = pliant.load(path).explain(X_test.iloc[:1])
        bytes_more = path.stat().st_size - model.model_.size
        print(f"\n{bytes_more:,} bytes more, and the file explains itself: {again.base[0]:.1f}")


if __name__ == "__main__":
    main()
