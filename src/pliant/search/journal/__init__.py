"""The journal: every finished trial on disk, so that the same fit goes on after a crash."""

from pliant.search.journal.codec import JournalEntry
from pliant.search.journal.journal import Journal

__all__ = ["Journal", "JournalEntry"]
