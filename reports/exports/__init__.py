"""What other tools read: projections of the records, each a pure function from a record to text."""

from .junit import junit
from .step_summary import step_summary

__all__ = ["junit", "step_summary"]
