"""What a user imports: Classifier, Regressor, Model, load, tune, and the fit behind them."""
