"""What real images are: batch files, references and the data sets that ship with the package.

This room stands on the ground: it imports numpy and scikit-learn, never torch and never a sibling room.
"""

from .batch_file import Batch, read_batch, write_batch
from .digits import digits_heldout, digits_reference
from .errors import InputError
from .files import atomic_write, is_unfinished, sha256_file
from .references import REFERENCES, load_reference
from .suggestions import hint

__all__ = [
    "REFERENCES",
    "Batch",
    "InputError",
    "atomic_write",
    "digits_heldout",
    "digits_reference",
    "hint",
    "is_unfinished",
    "load_reference",
    "read_batch",
    "sha256_file",
    "write_batch",
]
