"""A fitted ensemble becomes one flat program."""
