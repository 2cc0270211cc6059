"""What a careful user does by hand: LightGBM tuned by Optuna on a held-out fifth, then refitted."""

from __future__ import annotations

import pickle
import time
from typing import TYPE_CHECKING, Any

from benchmarks.board.systems.lightgbm import as_categories, load
from benchmarks.common.protocol import BINARY, REGRESSION, Job, Table

if TYPE_CHECKING:
    import optuna

__all__ = ["fit", "load"]

SEARCH_SHARE = 0.7
MAX_TREES, PATIENCE = 5000, 50


def fit(table: Table, job: Job) -> None:
    """Search for a share of the budget, refit the best on every row, save."""
    start = time.perf_counter()
    import lightgbm
    import optuna
    from sklearn.model_selection import train_test_split

    kind = lightgbm.LGBMRegressor if table.task == REGRESSION else lightgbm.LGBMClassifier
    fixed = {"random_state": job.seed, "n_jobs": job.threads, "verbose": -1}
    x, y = as_categories(table.x), table.y
    strata = None if table.task == REGRESSION else y
    parts = train_test_split(x, y, test_size=0.2, random_state=job.seed, stratify=strata)
    metric = {BINARY: "auc", REGRESSION: "rmse"}.get(table.task, "multi_logloss")

    def objective(trial: optuna.Trial) -> float:
        model = kind(n_estimators=MAX_TREES, metric=metric, **_space(trial), **fixed)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        model.fit(parts[0], parts[2], eval_set=[(parts[1], parts[3])], callbacks=[stop])
        trial.set_user_attr("trees", model.best_iteration_)
        return model.best_score_["valid_0"][metric]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = "maximize" if metric == "auc" else "minimize"
    study = optuna.create_study(
        direction=direction, sampler=optuna.samplers.TPESampler(seed=job.seed)
    )
    left = SEARCH_SHARE * job.budget - (time.perf_counter() - start)
    study.optimize(objective, timeout=left)
    trees = study.best_trial.user_attrs["trees"]
    model = kind(n_estimators=trees, **study.best_params, subsample_freq=1, **fixed)
    job.model.write_bytes(pickle.dumps(model.fit(x, y)))


def _space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 256, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 2, 100, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 10.0, log=True),
        "subsample_freq": 1,
    }
