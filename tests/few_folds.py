"""The folds that fits of tests are scored on: four at most, drawn once."""

from pliant.training.folds import Folds

FEW = Folds(below=(), repeated_below=0)
