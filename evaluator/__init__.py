"""What a score is: from images to features to scores.

No name here loads torch; an extractor does, when it is loaded.
"""

from .evaluate import METRICS, PreparedReference, Score, evaluate
from .extractors import EXTRACTORS, load_extractor
from .features import Extractor, Features, extract_features, read_features, write_features
from .misreadings import find_warnings
from .protocol import PROTOCOLS, protocol_record

__all__ = [
    "EXTRACTORS",
    "METRICS",
    "PROTOCOLS",
    "Extractor",
    "Features",
    "PreparedReference",
    "Score",
    "evaluate",
    "extract_features",
    "find_warnings",
    "load_extractor",
    "protocol_record",
    "read_features",
    "write_features",
]
