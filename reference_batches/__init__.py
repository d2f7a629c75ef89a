"""What real images are: batch files, image sets, references, the catalog of released ones and their downloads.

This room stands on the ground: it imports numpy, pillow, pooch and scikit-learn, never torch and never a sibling room.
"""

from .batch_file import Batch, read_batch, write_batch, write_pieces
from .built_in import REFERENCES
from .catalog import CatalogEntry, catalog, released_as
from .digits import digits_heldout, digits_reference
from .download import DownloadError, cache_folder, check_file, fetch, remote_size
from .errors import InputError
from .files import atomic_write, folder_sha256, is_unfinished, sha256_file
from .image_set import ChosenImages, ImageSet, MemoryImages
from .images import open_images
from .orphans import end_with_parent
from .reference_file import PooledFeatures, write_reference
from .references import Reference, load_reference, open_reference
from .statistics_file import Statistics, read_statistics
from .suggestions import hint, near_names

__all__ = [
    "REFERENCES",
    "Batch",
    "CatalogEntry",
    "ChosenImages",
    "DownloadError",
    "ImageSet",
    "InputError",
    "MemoryImages",
    "PooledFeatures",
    "Reference",
    "Statistics",
    "atomic_write",
    "cache_folder",
    "catalog",
    "check_file",
    "digits_heldout",
    "digits_reference",
    "end_with_parent",
    "fetch",
    "folder_sha256",
    "hint",
    "is_unfinished",
    "load_reference",
    "near_names",
    "open_images",
    "open_reference",
    "read_batch",
    "read_statistics",
    "released_as",
    "remote_size",
    "sha256_file",
    "write_batch",
    "write_pieces",
    "write_reference",
]
