"""H2O's AutoML: a time limit and a seed; its leader is the model. Needs Java."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common.protocol import REGRESSION, Job, Loaded, Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def fit(table: Table, job: Job) -> None:
    """Search until the time is up; save the leader."""
    import h2o
    from h2o.automl import H2OAutoML

    h2o.init(nthreads=job.threads)
    h2o.no_progress()
    frame = h2o.H2OFrame(table.frame)
    if table.task != REGRESSION:
        frame[table.target] = frame[table.target].asfactor()
    automl = H2OAutoML(max_runtime_secs=round(job.budget), seed=job.seed)
    automl.train(x=list(table.x.columns), y=table.target, training_frame=frame)
    saved = h2o.save_model(automl.leader, path=str(job.scratch))
    Path(saved).rename(job.model)
    kinds = {"int": "numeric", "real": "numeric"}
    types = {c: kinds.get(frame.types[c], frame.types[c]) for c in table.x.columns}
    (job.scratch / "types.json").write_text(json.dumps(types))


def load(task: str, job: Job) -> Loaded:
    """Read the model again, in the same server; rows have the types of the training table."""
    import h2o

    model = h2o.load_model(str(job.model))
    types = json.loads((job.scratch / "types.json").read_text())

    def predict(x: pd.DataFrame) -> np.ndarray:
        out = model.predict(h2o.H2OFrame(x, column_types=types)).as_data_frame()
        return (out["predict"] if task == REGRESSION else out.iloc[:, 1:]).to_numpy()

    if task == REGRESSION:
        return Loaded(predict)
    return Loaded(predict, model._model_json["output"]["domains"][-1])
