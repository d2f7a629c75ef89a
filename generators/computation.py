"""How networks are computed: plainly, or in one of the faster ways. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from ..reference_batches import InputError

DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Computation:
    """The choices that change how fast a network is, and its outputs by a rounding.

    Attributes:
        dtype: of the convolutions and of attention. Norms, embeddings, the network's output and the sampler stay in
            float32, as in guided-diffusion's ``--use_fp16``.
        fused: attention in one kernel and images with their channels last; without it the reference path: products and
            a softmax, and channels first.
        compile: whether torch.compile generates code for the networks, which takes minutes and pays for long runs.
        cuda_graphs: whether a GPU replays the recorded work of a batch, which pays where batches are small.
    """

    dtype: str = "float32"
    fused: bool = True
    compile: bool = False
    cuda_graphs: bool = False

    def check(self, device: str) -> None:
        """Refuses what a device, such as ``"cpu"`` or ``"cuda"``, cannot compute.

        Raises:
            InputError: there is no such dtype, or the processor lacks what is asked for.
        """
        if self.dtype not in DTYPES:
            raise InputError(f"dtype {self.dtype!r} is unknown; choose one of {', '.join(DTYPES)}")
        if device.startswith("cuda"):
            return
        if self.dtype == "float16":
            raise InputError("dtype float16 is for GPUs, and processors take ages for it; choose bfloat16 or float32")
        if self.cuda_graphs:
            raise InputError("CUDA graphs need a GPU; leave them out or choose --device cuda")


FAST = Computation()
"""The default: float32, fused."""
PLAIN = Computation(fused=False)
"""The reference path that every other is tested against."""
