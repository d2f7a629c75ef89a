"""The DINOv2 extractor: features of a self-supervised transformer, for the Fréchet distance FD-DINOv2.

Distances in them agree better with what people see in images than those of Inception, which was trained to name objects
and favours some models over others (G. Stein et al., "Exposing flaws of generative model evaluation metrics and their
unfair treatment of diffusion models", 2023, arXiv 2306.04675). FD-DINOv2 is the FID of these features; its values are
many times those of FID and are not to be compared with them.

The choices are those of that paper's code: DINOv2 ViT-L/14 (M. Oquab et al., "DINOv2: learning robust visual features
without supervision", 2023), the normalized class token of 1,024 numbers, images resized by Pillow's antialiased
bicubic filter to 224x224 and rounded to 8 bits. It runs Meta's own code, whose position embeddings are interpolated by
a factor of 16.1 / 37; transformers takes 16 / 37, which moves every feature a little, so the embeddings are
interpolated here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor, nn

from ..reference_batches import InputError, sha256_file
from .features import Features

MODEL = "facebook/dinov2-large"
FILES = ("config.json", "model.safetensors")
IMAGE_SIZE = 224
MEAN = (0.485, 0.456, 0.406)  # of ImageNet's red, green and blue, for images in [0, 1]
STANDARD_DEVIATION = (0.229, 0.224, 0.225)
INSTALL = 'the extractor dinov2 needs transformers; install it with: pip install "beatgans[dinov2]"'


class Dinov2Extractor:
    """The class tokens [N, 1024] of a DINOv2 transformer as pooled features; no spatial ones and no logits.

    sFID and the Inception Score have nothing to be computed from: ``spatial`` and ``logits`` are of width 0.
    """

    name = "dinov2"
    settings: ClassVar[Mapping[str, str]] = {"resize": "pillow-bicubic to 224x224", "extractor_dtype": "float32"}

    def __init__(self, model: nn.Module, weights_sha256: str, device: str = "cpu") -> None:
        self.model = model.eval().to(device)
        self.weights_sha256 = weights_sha256
        self.device = device

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, H, W, 3] of any size; sides of unequal length are squeezed to a square."""
        pool = self.model(to_input(images).to(self.device)).pooler_output.float().cpu().numpy()
        nothing = np.zeros((len(images), 0), dtype=np.float32)
        return Features(pool=pool, spatial=nothing, logits=nothing)


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """The network's input: uint8 [N, H, W, 3] -> float32 [N, 3, 224, 224], normalized by ImageNet's mean and spread."""
    size = (IMAGE_SIZE, IMAGE_SIZE)
    resized = np.stack([np.asarray(Image.fromarray(x).resize(size, Image.Resampling.BICUBIC)) for x in images])
    x = torch.from_numpy(resized).permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STANDARD_DEVIATION)[:, None, None]


def fit_positions(positions: Tensor, side: int) -> Tensor:
    """Position embeddings [1, 1 + n * n, D] of the class token and a square, interpolated to [1, 1 + side * side, D].

    Meta's code adds 0.1 to the side so that its rounding comes out right, and then samples with the factor that this
    makes. Published features have that shift in them.
    """
    n = round((positions.shape[1] - 1) ** 0.5)
    if n == side:
        return positions
    square = positions[:, 1:].reshape(1, n, n, -1).permute(0, 3, 1, 2)
    factor = (side + 0.1) / n
    fitted = F.interpolate(square, scale_factor=(factor, factor), mode="bicubic")
    return torch.cat([positions[:, :1], fitted.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)


def load(weights: Path | str | None, device: str) -> Dinov2Extractor:
    """Loads the extractor from a folder with ``config.json`` and ``model.safetensors``, as transformers writes it.

    Without a folder the model ``facebook/dinov2-large`` of the Hugging Face hub is taken, from the cache or else by a
    download of 1.2 GB. Only safetensors are read, never pickles.

    Raises:
        InputError: transformers is not installed, the hub cannot be reached, or the folder does not hold the weights of
            a DINOv2 model.
    """
    try:
        import transformers
    except ImportError:
        raise InputError(INSTALL) from None
    folder = _download() if weights is None else Path(weights)
    _check_folder(folder)
    path = folder / "model.safetensors"
    try:
        with _quiet():
            model, found = transformers.Dinov2Model.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                dtype=torch.float32,
            )
    except SafetensorError as error:
        raise InputError(f"the extractor's weights {path} are damaged ({error}); download them again") from None
    except (RuntimeError, ValueError, TypeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{folder} does not hold the weights of the model in its config.json: {reason}") from None
    if found["missing_keys"]:  # transformers makes them up
        missing = min(found["missing_keys"])
        raise InputError(f"{path} does not hold the weights of the extractor dinov2: {missing} is missing")
    embeddings = model.embeddings
    positions = fit_positions(embeddings.position_embeddings.detach(), IMAGE_SIZE // model.config.patch_size)
    embeddings.position_embeddings = nn.Parameter(positions, requires_grad=False)
    return Dinov2Extractor(model, sha256_file(path), device)


def _download() -> Path:
    """The folder of the hub's cache that holds the model."""
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(MODEL, allow_patterns=list(FILES)))
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"the extractor's weights {MODEL} cannot be had from the Hugging Face hub ({reason}); "
            f"name a folder that holds their {' and '.join(FILES)} with --weights"
        ) from None


def _check_folder(folder: Path) -> None:
    """Raises an :class:`InputError` for a folder that is not one of a DINOv2 model."""
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(
                f"{folder} holds no {name}; name a folder that holds the {' and '.join(FILES)} of {MODEL} "
                "with --weights"
            )
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model_type = config["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / 'config.json'} is no model's configuration ({error}); download it again") from None
    if model_type != "dinov2":
        raise InputError(f"{folder} holds a model of type {model_type}, not dinov2; name a folder of {MODEL}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps transformers from reporting what an error says better, and from drawing a progress bar."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()
