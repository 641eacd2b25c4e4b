"""Building a model: reliability, feature selection, LASSO, freezing."""
