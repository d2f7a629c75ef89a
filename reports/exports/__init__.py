"""What other programs read: projections of the records, each a pure function from a record to text or bytes."""

from .junit import junit
from .model_card import model_card
from .scores import scores_csv, scores_frame, scores_parquet
from .step_summary import step_summary

__all__ = ["junit", "model_card", "scores_csv", "scores_frame", "scores_parquet", "step_summary"]
