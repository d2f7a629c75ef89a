"""Published numbers as data: the tables of ADM and Improved DDPM, and of later models scored with the same evaluator.

Each number is text, as its source prints it, with its paper and table, the evaluator that made it, the sources that it
was read from, and how sure it is. The errata that are known are applied or flagged (:mod:`.errata`). None of it was
measured here: a table that shows it beside measured numbers marks it, and only where evaluator, reference and number of
images are the same (:mod:`.beside`).
"""

from .beside import Beside, published_beside, why_not_beside
from .errata import Erratum, errata
from .quantities import Quantity, published_quantities
from .scores import PublishedRow, published_scores
from .search import found, search
from .sources import sources
from .tables import quantities_table, scores_table

__all__ = [
    "Beside",
    "Erratum",
    "PublishedRow",
    "Quantity",
    "errata",
    "found",
    "published_beside",
    "published_quantities",
    "published_scores",
    "quantities_table",
    "scores_table",
    "search",
    "sources",
    "why_not_beside",
]
