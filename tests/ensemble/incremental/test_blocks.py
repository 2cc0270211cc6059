"""Blocks of rows: made into features, and the text that models read beside them."""

from __future__ import annotations

import numpy as np

from few_folds import FEW
from pliant.core.config import Budget
from pliant.core.deadline import Deadline
from pliant.ensemble.incremental.blocks import BlockRows
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.features.features import fit_features
from pliant.models.base import Allowance
from pliant.models.sparse_linear import SparseLinear, SparseLinearConfig
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.fit_spec import FitSpec
from pliant.training.scale import Scale


def test_models_of_grams_learn_from_the_texts_of_a_block() -> None:
    rng = np.random.default_rng(0)
    words = np.array(["sun", "rain", "wind", "snow"])
    texts = [" ".join(rng.choice(words, 500)) for _ in range(2_400)]
    labels = np.array([text.startswith("sun") for text in texts])
    texts = [
        f"{'warm' if label else 'cold'} {text}" for text, label in zip(texts, labels, strict=True)
    ]
    rows = FrameRows(to_frame({"text": texts}), Question("y", column_from_values(labels)))
    table, rest = rows.table(FitSpec(Budget(1.0), folds=FEW), None)
    assert rest is not None
    features, _ = fit_features(table, 0, "grams")
    data = BlockRows(rest, 0, 300, features, Scale()).read()
    assert len(data.train.own["text:0"]) == len(data.train) == 300
    config = SparseLinearConfig(prior="ratio", epochs=20)
    fitted = SparseLinear().fit(data, config, Allowance(Deadline(None)))
    said = fitted.predict(data.train.X, data.train.own)[:, 0]
    truth = data.target.values
    assert ((said > 0.5) == truth).mean() > 0.95
