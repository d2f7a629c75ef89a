"""What other programs read: projections of the records, each a pure function from a record to text or bytes."""

from .model_card import model_card
from .scores import scores_csv, scores_frame, scores_parquet

__all__ = ["model_card", "scores_csv", "scores_frame", "scores_parquet"]
