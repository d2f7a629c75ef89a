"""Networks that are described by a script's flags, against a plain account of what the original code does with them.

The account below works on the tensors of a ``state_dict`` alone, layer by layer, with loops over heads and einsums. It
shares no code with the package: neither how flags are read, nor where a network has which layer.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import yaml

from beatgans.generators import find_entry, find_model, load_network
from beatgans.generators.loading import build_classifier, build_denoiser
from beatgans.reference_batches import InputError

DEFAULTS = {
    "num_channels": 128,
    "num_res_blocks": 2,
    "num_heads": 4,
    "num_heads_upsample": -1,
    "num_head_channels": -1,
    "attention_resolutions": "16,8",
    "channel_mult": "",
    "class_cond": False,
    "use_scale_shift_norm": True,
    "resblock_updown": False,
    "use_new_attention_order": False,
}
MULT = {64: (1, 2, 3, 4), 32: (1, 2, 2, 2)}


class Account:
    """What happens to a batch, with the weights of a checkpoint."""

    def __init__(self, weights, flags):
        self.w, self.flags = weights, flags
        size = flags.get("large_size", flags.get("image_size", 64))
        mult = flags["channel_mult"]
        self.mult = [float(m) for m in mult.split(",")] if mult else MULT[size]
        self.attention_at = {size // int(part) for part in str(flags["attention_resolutions"]).split(",")}

    def linear(self, name, x):
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def conv(self, name, x, stride=1):
        weight = self.w[f"{name}.weight"]
        return F.conv2d(x, weight, self.w[f"{name}.bias"], stride=stride, padding=weight.shape[-1] // 2)

    def norm(self, name, x):
        return F.group_norm(x, 32, self.w[f"{name}.weight"], self.w[f"{name}.bias"], 1e-5)

    def embed(self, t, labels):
        half = self.flags["num_channels"] // 2
        freqs = torch.tensor([math.exp(-math.log(10000) * i / half) for i in range(half)])
        angles = t[:, None].float() * freqs[None]
        emb = self.linear("time_embed.0", torch.cat([torch.cos(angles), torch.sin(angles)], dim=1))
        emb = self.linear("time_embed.2", F.silu(emb))
        return emb if labels is None else emb + self.w["label_emb.weight"][labels]

    def res(self, name, x, emb, change=None):
        h = F.silu(self.norm(f"{name}.in_layers.0", x))
        if change == "up":
            h, x = (v.repeat_interleave(2, 2).repeat_interleave(2, 3) for v in (h, x))
        if change == "down":
            h, x = F.avg_pool2d(h, 2), F.avg_pool2d(x, 2)
        h = self.conv(f"{name}.in_layers.2", h)
        e = self.linear(f"{name}.emb_layers.1", F.silu(emb))[:, :, None, None]
        if self.flags["use_scale_shift_norm"]:
            scale, shift = e[:, : h.shape[1]], e[:, h.shape[1] :]
            h = self.norm(f"{name}.out_layers.0", h) * (1 + scale) + shift
        else:
            h = self.norm(f"{name}.out_layers.0", h + e)
        h = self.conv(f"{name}.out_layers.3", F.silu(h))
        return h + (self.conv(f"{name}.skip_connection", x) if f"{name}.skip_connection.weight" in self.w else x)

    def attend(self, qkv, heads, new_order):
        """[N, 3C, T] -> [N, C, T], head by head."""
        width = qkv.shape[1] // 3
        d = width // heads
        outputs = []
        for head in range(heads):
            if new_order:
                q, k, v = (qkv[:, part * width + head * d : part * width + (head + 1) * d] for part in range(3))
            else:
                q, k, v = (qkv[:, (3 * head + part) * d : (3 * head + part + 1) * d] for part in range(3))
            scores = torch.einsum("nct,ncs->nts", q * d**-0.25, k * d**-0.25)
            outputs.append(torch.einsum("nts,ncs->nct", torch.softmax(scores, dim=-1), v))
        return torch.cat(outputs, dim=1)

    def attention(self, name, x, up=False):
        n, c, height, width = x.shape
        flags = self.flags
        heads = flags["num_heads"]
        if up and flags["num_heads_upsample"] != -1:
            heads = flags["num_heads_upsample"]
        if flags["num_head_channels"] != -1:
            heads = c // flags["num_head_channels"]
        weight, bias = (self.w[f"{name}.qkv.{part}"] for part in ("weight", "bias"))
        qkv = F.conv1d(self.norm(f"{name}.norm", x).reshape(n, c, -1), weight, bias)
        h = self.attend(qkv, heads, flags["use_new_attention_order"])
        h = F.conv1d(h, self.w[f"{name}.proj_out.weight"], self.w[f"{name}.proj_out.bias"])
        return x + h.reshape(n, c, height, width)

    def encode(self, x, emb):
        """The maps of all stages of the way down, and that behind the middle."""
        hs = [self.conv("input_blocks.0.0", x)]
        ds, block = 1, 1
        for level in range(len(self.mult)):
            for _ in range(self.flags["num_res_blocks"]):
                h = self.res(f"input_blocks.{block}.0", hs[-1], emb)
                if ds in self.attention_at:
                    h = self.attention(f"input_blocks.{block}.1", h)
                hs.append(h)
                block += 1
            if level < len(self.mult) - 1:
                if self.flags["resblock_updown"]:
                    hs.append(self.res(f"input_blocks.{block}.0", hs[-1], emb, "down"))
                else:
                    hs.append(self.conv(f"input_blocks.{block}.0.op", hs[-1], stride=2))
                block += 1
                ds *= 2
        h = self.res("middle_block.0", hs[-1], emb)
        h = self.res("middle_block.2", self.attention("middle_block.1", h), emb)
        return hs, h, ds

    def denoise(self, x, t, labels=None, low_res=None):
        if low_res is not None:
            large = F.interpolate(low_res, x.shape[2:], mode="bilinear", align_corners=False)
            x = torch.cat([x, large], dim=1)
        emb = self.embed(t, labels)
        hs, h, ds = self.encode(x, emb)
        block = 0
        for level in reversed(range(len(self.mult))):
            for i in range(self.flags["num_res_blocks"] + 1):
                h = self.res(f"output_blocks.{block}.0", torch.cat([h, hs.pop()], dim=1), emb)
                layer = 1
                if ds in self.attention_at:
                    h = self.attention(f"output_blocks.{block}.1", h, up=True)
                    layer = 2
                if level and i == self.flags["num_res_blocks"]:
                    if self.flags["resblock_updown"]:
                        h = self.res(f"output_blocks.{block}.{layer}", h, emb, "up")
                    else:
                        doubled = h.repeat_interleave(2, 2).repeat_interleave(2, 3)
                        h = self.conv(f"output_blocks.{block}.{layer}.conv", doubled)
                    ds //= 2
                block += 1
        assert not hs
        return self.conv("out.2", F.silu(self.norm("out.0", h)))

    def classify(self, x, t):
        emb = self.embed(t, None)
        hs, h, _ = self.encode(x, emb)
        pool = self.flags["pool"]
        if pool == "adaptive":
            mean = F.silu(self.norm("out.0", h)).mean(dim=(2, 3), keepdim=True)
            return self.conv("out.3", mean)[:, :, 0, 0]
        if pool == "attention":
            tokens = F.silu(self.norm("out.0", h)).flatten(2)
            tokens = (
                torch.cat([tokens.mean(dim=-1, keepdim=True), tokens], dim=-1) + self.w["out.2.positional_embedding"]
            )
            qkv = F.conv1d(tokens, self.w["out.2.qkv_proj.weight"], self.w["out.2.qkv_proj.bias"])
            tokens = self.attend(qkv, h.shape[1] // self.flags["num_head_channels"], new_order=True)
            return F.conv1d(tokens, self.w["out.2.c_proj.weight"], self.w["out.2.c_proj.bias"])[:, :, 0]
        means = torch.cat([v.mean(dim=(2, 3)) for v in [*hs, h]], dim=1)
        if pool == "spatial":
            return self.linear("out.2", F.relu(self.linear("out.0", means)))
        return self.linear("out.3", F.silu(self.norm("out.1", self.linear("out.0", means))))


def random_weights(network: torch.nn.Module, seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights of all tensors of a network, none of them zero, that keep values about as large as they are."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, tensor in network.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator)
        fan_in = max(1, math.prod(tensor.shape[1:]))
        is_norm = tensor.ndim == 1 and name.endswith(".weight")
        weights[name] = 1 + 0.2 * noise if is_norm else noise * (0.1 if tensor.ndim == 1 else fan_in**-0.5)
    return weights


def save(path: Path, weights: dict[str, torch.Tensor]) -> None:
    torch.save(weights, path)


def write_model(folder: Path, **fields: object) -> Path:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"weights": "mine.pt", **fields}, sort_keys=False))
    return path


FLAGS = {
    "improved-diffusion's defaults": (
        "improved-diffusion",
        {"image_size": 32, "num_channels": 32, "num_res_blocks": 1},
    ),
    "guided-diffusion's defaults": (
        "guided-diffusion",
        {"image_size": 16, "num_channels": 32, "channel_mult": "1,2"},
    ),
    "as the 64x64 model": (
        "guided-diffusion",
        {
            "image_size": 64,
            "num_channels": 32,
            "num_res_blocks": 1,
            "num_head_channels": 32,
            "attention_resolutions": "16,8",
            "class_cond": True,
            "learn_sigma": True,
            "resblock_updown": True,
            "use_new_attention_order": True,
        },
    ),
    "as the LSUN model of improved-diffusion": (
        "improved-diffusion",
        {
            "image_size": 32,
            "num_channels": 32,
            "num_res_blocks": 1,
            "num_heads": 1,
            "use_scale_shift_norm": False,
            "attention_resolutions": "16",
            "learn_sigma": True,
        },
    ),
    "other heads on the way up": (
        "guided-diffusion",
        {
            "image_size": 16,
            "num_channels": 32,
            "channel_mult": "1,1,2",
            "num_heads": 2,
            "num_heads_upsample": 8,
            "attention_resolutions": "16,4",
            "resblock_updown": True,
            "use_scale_shift_norm": False,
            "class_cond": True,
        },
    ),
    "resolutions that are rounded to factors": (
        "guided-diffusion",  # 24 // 20 is 1, and 24 // 11 is 2: attention at 24 and 12 pixels
        {"image_size": 24, "num_channels": 32, "channel_mult": "1,1", "attention_resolutions": "20,11", "num_heads": 2},
    ),
    "half a width": (
        "guided-diffusion",
        {"image_size": 16, "num_channels": 64, "channel_mult": "0.5,1", "num_res_blocks": 1, "num_head_channels": 32},
    ),
}


@pytest.mark.parametrize("case", FLAGS)
def test_a_model_of_flags_computes_what_the_original_does(case: str, tmp_path: Path):
    project, flags = FLAGS[case]
    path = write_model(tmp_path, project=project, flags=flags)
    network = build_denoiser(find_model(str(path)))
    weights = random_weights(network)
    save(tmp_path / "mine.pt", weights)
    account = Account(weights, {**DEFAULTS, **flags})
    torch.manual_seed(1)
    x, t = torch.randn(2, 3, flags["image_size"], flags["image_size"]), torch.tensor([3.0, 733.25])
    labels = torch.tensor([7, 999]) if flags.get("class_cond") else None
    expected = account.denoise(x, t, labels)
    assert expected.shape[1] == (6 if flags.get("learn_sigma") else 3)
    assert expected.abs().mean() > 0.1  # a test of zeros would be none
    with torch.no_grad():
        output = load_network(str(path))(x, t, labels)
    torch.testing.assert_close(output, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("project", ["guided-diffusion", "improved-diffusion"])
def test_an_upsampler_of_flags_computes_what_the_original_does(project: str, tmp_path: Path):
    flags = {"large_size": 64, "small_size": 16, "num_channels": 32, "num_res_blocks": 1, "class_cond": True}
    path = write_model(tmp_path, family="upsampler", project=project, flags=flags)
    weights = random_weights(build_denoiser(find_entry(str(path))))
    save(tmp_path / "mine.pt", weights)
    torch.manual_seed(1)
    x, t, small = torch.randn(2, 3, 64, 64), torch.tensor([0.0, 999.0]), torch.rand(2, 3, 16, 16) * 2 - 1
    labels = torch.tensor([0, 500])
    expected = Account(weights, {**DEFAULTS, **flags}).denoise(x, t, labels, small)
    with torch.no_grad():
        output = load_network(str(path))(x, t, labels, small)
    torch.testing.assert_close(output, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("pool", ["adaptive", "attention", "spatial", "spatial_v2"])
def test_a_classifier_of_flags_computes_what_the_original_does(pool: str, tmp_path: Path):
    flags = {
        "image_size": 64,
        "classifier_width": 64,
        "classifier_depth": 1,
        "classifier_attention_resolutions": "8",
        "classifier_pool": pool,
        "classifier_resblock_updown": pool != "spatial",
        "classifier_use_scale_shift_norm": pool != "adaptive",
    }
    path = write_model(tmp_path, family="classifier", num_classes=20, flags=flags)
    entry = find_entry(str(path))
    weights = random_weights(build_classifier(entry.network, entry.image_size))
    save(tmp_path / "mine.pt", weights)
    account = Account(
        weights,
        {
            **DEFAULTS,
            "image_size": 64,
            "num_channels": 64,
            "num_res_blocks": 1,
            "num_head_channels": 64,
            "attention_resolutions": "8",
            "pool": pool,
            "resblock_updown": flags["classifier_resblock_updown"],
            "use_scale_shift_norm": flags["classifier_use_scale_shift_norm"],
        },
    )
    torch.manual_seed(1)
    x, t = torch.randn(2, 3, 64, 64), torch.tensor([10.0, 640.0])
    with torch.no_grad():
        logits = load_network(str(path))(x, t)
    expected = account.classify(x, t)
    assert expected.shape == (2, 20)
    assert expected.std() > 0.1
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=0)


def test_the_wrong_order_of_attention_loads_and_computes_something_else(tmp_path: Path):
    flags = {"image_size": 16, "num_channels": 32, "channel_mult": "1,2", "num_heads": 2}
    path = write_model(tmp_path, flags=flags)
    weights = random_weights(build_denoiser(find_model(str(path))))
    save(tmp_path / "mine.pt", weights)
    x, t = torch.randn(1, 3, 16, 16), torch.tensor([500.0])
    with torch.no_grad():
        default = load_network(str(path))(x, t)
        write_model(tmp_path, flags={**flags, "use_new_attention_order": True})
        assert (load_network(str(path))(x, t) - default).abs().max() > 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"num_channels": 64},
            r"time_embed\.0\.weight has the shape \[128, 32\] instead of \[256, 64\]; .*num_channels",
        ),
        ({"class_cond": False}, r"it has a tensor label_emb\.weight, which the network has not; .*class_cond"),
        ({"learn_sigma": False}, r"out\.2\.weight has the shape \[6, .* instead of \[3, .*learn_sigma"),
        ({"use_scale_shift_norm": False}, r"emb_layers\.1\.weight has the shape .*use_scale_shift_norm"),
        ({"resblock_updown": False}, r"it has no tensor input_blocks\.2\.0\.op\.weight; .*resblock_updown"),
        ({"attention_resolutions": "16,8"}, r"it has no tensor input_blocks\.1\.1\.norm\.weight; .*attention_resol"),
        ({"num_res_blocks": 2}, r"input_blocks\.3\.0\.in_layers\.2\.weight has the shape \[64, .*num_res_blocks"),
        ({"channel_mult": "1,1"}, r"input_blocks\.3\.0\.in_layers\.2\.weight has the shape \[64, .*num_res_blocks"),
    ],
)
def test_a_wrong_flag_is_refused_by_the_first_tensor_that_differs(change: dict, message: str, tmp_path: Path):
    flags = {
        "image_size": 16,
        "num_channels": 32,
        "num_res_blocks": 1,
        "channel_mult": "1,2",
        "attention_resolutions": "8",
        "class_cond": True,
        "learn_sigma": True,
        "resblock_updown": True,
    }
    path = write_model(tmp_path, flags=flags)
    save(tmp_path / "mine.pt", random_weights(build_denoiser(find_model(str(path)))))
    write_model(tmp_path, flags={**flags, **change})
    with pytest.raises(InputError, match=rf"mine\.pt does not fit the model: .*{message}"):
        load_network(str(path))
