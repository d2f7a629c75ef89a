"""The frozen Inception graph run by TensorFlow itself, as OpenAI's evaluator runs it: the second opinion."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .features import Features
from .inception import SETTINGS, SPATIAL_CHANNELS
from .inception_download import inception_file
from .inception_weights import read_weights

INPUT = "ExpandDims:0"  # decoding and casting, which come before it, are for single JPEG files
OUTPUTS = ("pool_3:0", "mixed_6/conv:0", "softmax/logits/MatMul:0")


class TensorFlowExtractor:
    """Features of RGB images of any size: 2,048 pooled, 2,023 spatial, 1,008 logits without their bias."""

    name = "inception"
    settings: Mapping[str, str] = {**SETTINGS, "extractor_dtype": "float32"}

    def __init__(self, graph: Path | str) -> None:
        tf = _tensorflow()
        self.weights_sha256 = read_weights(graph).sha256  # and refuses another graph before TensorFlow does
        definition = tf.compat.v1.GraphDef()
        definition.ParseFromString(Path(graph).read_bytes())
        with tf.Graph().as_default():
            self._images: Any = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3])
            self._outputs: Any = tf.import_graph_def(
                definition, input_map={INPUT: self._images}, return_elements=list(OUTPUTS), name="inception"
            )
            self._session: Any = tf.compat.v1.Session()

    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, H, W, 3]."""
        pool, spatial, logits = self._session.run(self._outputs, {self._images: images.astype(np.float32)})
        n = len(images)
        return Features(pool.reshape(n, -1), spatial[..., :SPATIAL_CHANNELS].reshape(n, -1), logits)


def load(weights: Path | str | None) -> TensorFlowExtractor:
    """Loads the frozen graph of a file; without one, of the file that is fetched from OpenAI once.

    Raises:
        InputError: TensorFlow is not installed, or the file is missing, not a graph, or cannot be fetched.
    """
    graph = Path(weights) if weights is not None else inception_file()
    if graph.suffix in {".pth", ".pt"}:
        raise InputError(f"TensorFlow cannot run {graph}; name classify_image_graph_def.pb with --weights")
    return TensorFlowExtractor(graph)


def _tensorflow() -> ModuleType:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # it greets at length on stderr
    try:
        import tensorflow
    except ImportError:
        raise InputError(
            'the TensorFlow backend needs TensorFlow; install it with pip install "beatgans[tensorflow]"'
        ) from None
    return tensorflow  # type: ignore[no-any-return]
