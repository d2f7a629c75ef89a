"""Every released file has an entry whose network has its tensors, at full size but without memory for the numbers."""

from __future__ import annotations

import pytest

from beatgans.generators import MODELS, find_entry
from beatgans.generators.diffusion.entries import ClassifierEntry, DenoisingEntry
from beatgans.generators.diffusion.unet import count_parameters
from beatgans.generators.loading import build_classifier, build_denoiser, build_gan

# Tensors and parameters of OpenAI's files. The parameters agree with the sizes that the papers give.
OPENAI = {
    "64x64_diffusion.pt": (541, 295_904_454),
    "128x128_diffusion.pt": (493, 421_529_606),
    "256x256_diffusion.pt": (567, 553_838_086),
    "256x256_diffusion_uncond.pt": (566, 552_814_086),
    "512x512_diffusion.pt": (645, 558_997_638),
    "64_256_upsampler.pt": (567, 311_795_910),
    "128_512_upsampler.pt": (537, 308_835_270),
    "lsun_bedroom.pt": (566, 552_814_086),
    "lsun_cat.pt": (566, 552_814_086),
    "lsun_horse.pt": (566, 552_814_086),
    "lsun_horse_nodropout.pt": (566, 552_814_086),
    "64x64_classifier.pt": (307, 65_438_568),
    "128x128_classifier.pt": (221, 42_568_040),
    "256x256_classifier.pt": (249, 54_096_360),
    "512x512_classifier.pt": (281, 54_448_360),
    "imagenet64_uncond_100M_1500K.pt": (450, 121_063_942),
    "imagenet64_uncond_vlb_100M_1500K.pt": (450, 121_063_942),
    "imagenet64_cond_270M_250K.pt": (451, 273_049_350),
    "upsample_cond_500K.pt": (457, 279_792_390),
    "cifar10_uncond_50M_500K.pt": (446, 52_546_438),
    "cifar10_uncond_vlb_50M_500K.pt": (446, 52_546_438),
    "lsun_uncond_100M_1200K_bs128.pt": (426, 113_676_678),
    "lsun_uncond_100M_2400K_bs64.pt": (426, 113_676_678),
}
# Of the common PyTorch files, which hold three tensors for a weight with spectral norm.
BIGGAN = {128: (506, 50_388_609), 256: (602, 55_880_833), 512: (698, 56_163_905)}


def test_every_file_of_both_projects_has_one_entry_of_its_own():
    released = [
        entry.network.weights
        for entry in MODELS.values()
        if isinstance(entry, DenoisingEntry | ClassifierEntry) and entry.network.url is not None
    ]
    assert sorted(released) == sorted(OPENAI)


@pytest.mark.parametrize("file", OPENAI)
def test_the_network_has_the_files_tensors_and_parameters(file: str):
    entry = find_entry(file)
    if isinstance(entry, ClassifierEntry):
        network = build_classifier(entry.network, entry.image_size)
    else:
        assert isinstance(entry, DenoisingEntry)
        network = build_denoiser(entry)
    assert (len(network.state_dict()), count_parameters([network])) == OPENAI[file]


@pytest.mark.parametrize("size", BIGGAN)
def test_biggan_deep_has_the_common_files_parameters(size: int):
    network = build_gan(MODELS[f"biggan-deep-{size}"])
    tensors, parameters = BIGGAN[size]
    # Of the last convolution's 128 outputs, 3 are used.
    assert count_parameters([network]) == parameters - 125 * (128 * 9 + 1)
    names = network.state_dict()
    normalized = sum(name.endswith("weight") and not name.startswith(("embeddings", "generator.bn.")) for name in names)
    assert len(network.state_dict()) + 2 * normalized == tensors


def test_the_schedule_and_the_rescaling_follow_from_the_flags():
    told = {name: MODELS[name].schedule for name in ("adm-imagenet64", "iddpm-cifar10", "iddpm-imagenet64-to-256")}
    assert [schedule.kind for schedule in told.values()] == ["cosine", "cosine", "linear"]
    assert [schedule.num_steps for schedule in told.values()] == [1000, 4000, 4000]
    # improved-diffusion rescales where its flags do not say otherwise: its models know t as t / 4
    assert [schedule.rescale_timesteps for schedule in told.values()] == [False, True, False]
    assert {schedule.variance for schedule in told.values()} == {"learned-range"}


def test_only_the_model_of_64_pixels_has_the_new_order_of_attention():
    new = [
        name
        for name, entry in MODELS.items()
        if isinstance(entry, DenoisingEntry) and entry.network.architecture.get("use_new_attention_order")
    ]
    assert new == ["adm-imagenet64"]


def test_unconditional_models_take_no_labels_but_those_of_a_classifier():
    assert MODELS["adm-lsun-cat"].num_classes == MODELS["iddpm-cifar10"].num_classes == 0
    assert MODELS["adm-imagenet256-unconditional"].num_classes == 1000
    assert MODELS["adm-imagenet256-unconditional"].network.architecture["num_classes"] is None


@pytest.mark.parametrize(
    ("name", "row", "fid"),
    [
        ("adm-imagenet64", "Table 5, ADM (dropout)", 2.07),
        ("adm-imagenet256", "Table 6, ADM-G", 4.59),
        ("adm-imagenet256-upsampled", "Table 6, ADM-G, ADM-U", 3.94),
        ("adm-lsun-horse-no-dropout", "Table 5, ADM", 2.95),
        ("iddpm-cifar10", "Table 2, L_hybrid, cosine", 3.19),
        ("biggan-deep-128", "Table 5, BigGAN-deep", 6.02),
    ],
)
def test_the_catalog_says_what_the_papers_report(name: str, row: str, fid: float):
    assert {reported.row: reported.fid for reported in MODELS[name].reported}[row] == fid
