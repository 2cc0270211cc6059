"""A file a system: `fit(table, job)` trains and saves to `job.model`, `load(task, job)` reads it.

Each does what the system's own quick start shows, with its defaults.
"""
