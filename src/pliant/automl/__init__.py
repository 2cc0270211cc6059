"""What a user imports: Classifier, Regressor, tune, and the fit behind them."""
