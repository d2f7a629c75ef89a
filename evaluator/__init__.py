"""What a score is: from images to features to scores.

No name here loads torch; an extractor does, when it is loaded.
"""

from .comparison import Comparison, Estimate
from .evaluate import Score, evaluate
from .extractors import EXTRACTORS, load_extractor
from .feature_cache import cached_features
from .features import Extractor, Features, extract_features, read_features, write_features
from .inception_download import inception_file
from .metrics import ALL_METRICS, METRICS, Metric, find_metric
from .misreadings import find_warnings
from .plugins import EXTRACTORS as EXTRACTORS_GROUP
from .plugins import METRICS as METRICS_GROUP
from .plugins import registered, source_file
from .prepared_reference import PreparedReference
from .protocol import PROTOCOLS, protocol_record

__all__ = [
    "ALL_METRICS",
    "EXTRACTORS",
    "EXTRACTORS_GROUP",
    "METRICS",
    "METRICS_GROUP",
    "PROTOCOLS",
    "Comparison",
    "Estimate",
    "Extractor",
    "Features",
    "Metric",
    "PreparedReference",
    "Score",
    "cached_features",
    "evaluate",
    "extract_features",
    "find_metric",
    "find_warnings",
    "inception_file",
    "load_extractor",
    "protocol_record",
    "read_features",
    "registered",
    "source_file",
    "write_features",
]
