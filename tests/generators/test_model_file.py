from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from beatgans.generators import MODELS, SamplerSettings, find_entry, find_model, settings_warnings
from beatgans.generators.diffusion.entries import DenoisingEntry
from beatgans.generators.weight_files import cached_path
from beatgans.reference_batches import InputError, cache_folder

FLAGS = {"image_size": 16, "num_channels": 32, "channel_mult": "1,2"}
CONDITIONAL = {"weights": "a.pt", "flags": {**FLAGS, "class_cond": True}, "num_classes": 10}


@pytest.fixture
def write(tmp_path: Path):
    def write(file: str = "mine.yaml", **fields: object) -> str:
        (tmp_path / file).write_text(yaml.safe_dump(fields, sort_keys=False))
        return str(tmp_path / file)

    return write


def denoiser(path: str) -> DenoisingEntry:
    entry = find_model(path)
    assert isinstance(entry, DenoisingEntry)
    return entry


def test_what_is_left_out_has_the_originals_defaults(write):
    entry = denoiser(write(weights="ema.pt"))
    assert (entry.name, entry.family, entry.image_size, entry.num_classes) == ("mine", "diffusion", 64, 0)
    assert entry.schedule.model_dump() == {
        "kind": "linear",
        "num_steps": 1000,
        "rescale_timesteps": False,
        "variance": "fixed-large",
        "predicts": "noise",
    }
    architecture = entry.network.architecture
    assert architecture["model_channels"] == 128
    assert architecture["channel_mult"] == [1, 2, 3, 4]
    assert architecture["attention_resolutions"] == [16, 8]
    assert (architecture["num_heads"], architecture["num_head_channels"]) == (4, None)
    assert (architecture["resblock_updown"], architecture["use_scale_shift_norm"]) == (False, True)
    assert (architecture["out_channels"], architecture["num_classes"]) == (3, None)


def test_improved_diffusion_has_its_own_defaults(write):
    schedule = denoiser(write(weights="a.pt", project="improved-diffusion", flags={"sigma_small": True})).schedule
    assert (schedule.rescale_timesteps, schedule.variance) == (True, "fixed-small")


def test_flags_can_be_the_command_line_as_it_was_typed(write):
    line = "--image_size 32 --channel_mult 1,2 --learn_sigma=yes --class_cond True\n--predict_xstart 1 --use_fp16 t"
    by_line = denoiser(write(weights="a.pt", flags=line))
    flags = {"image_size": 32, "channel_mult": [1, 2], "learn_sigma": True, "class_cond": True, "predict_xstart": True}
    by_mapping = denoiser(write(weights="a.pt", flags={**flags, "use_fp16": True}))
    assert by_line.network == by_mapping.network
    assert (by_line.schedule.variance, by_line.schedule.predicts) == ("learned-range", "image")
    assert by_line.num_classes == 1000


def test_paths_are_taken_from_the_files_folder(write, tmp_path: Path):
    entry = denoiser(
        write(weights="sub/ema.pt", flags=FLAGS, classifier={"weights": "c.pt", "flags": {"image_size": 64}})
    )
    assert [network.weights for network in entry.networks] == [str(tmp_path / "sub/ema.pt"), str(tmp_path / "c.pt")]


def test_a_classifier_takes_the_models_image_size_and_gives_it_its_classes(write):
    classifier = {"weights": "c.pt", "flags": {"classifier_depth": 4}}
    entry = denoiser(write(weights="a.pt", flags={"image_size": 128}, num_classes=7, classifier=classifier))
    assert entry.classifier is not None
    assert entry.classifier.flags["image_size"] == 128
    assert entry.classifier.architecture["out_channels"] == entry.num_classes == 7
    named = denoiser(write(weights="a.pt", flags={"image_size": 128}, classifier="adm-imagenet128-classifier"))
    assert named.classifier.weights == "128x128_classifier.pt"
    assert named.num_classes == 1000


def test_a_number_of_classes_other_than_imagenets_can_be_said(write):
    entry = denoiser(write(weights="a.pt", flags={**FLAGS, "class_cond": True}, num_classes=10))
    assert entry.network.architecture["num_classes"] == entry.num_classes == 10


def test_a_label_for_no_class_is_one_more_than_the_classes(write):
    flags = {**FLAGS, "class_cond": True}
    entry = denoiser(write(weights="a.pt", flags=flags, num_classes=10, null_label=10))
    assert (entry.num_classes, entry.network.architecture["num_classes"]) == (10, 11)
    assert entry.evaluations(SamplerSettings("ddim", "5", classifier_free=2.0)) == (10, 0)
    within = denoiser(write(weights="a.pt", flags=flags, num_classes=10, null_label=0))
    assert within.network.architecture["num_classes"] == 10


def test_a_model_like_one_of_the_catalog_has_weights_elsewhere(write, tmp_path: Path):
    (tmp_path / "64x64_diffusion.pt").touch()
    by_file = denoiser(write(like="adm-imagenet64", weights="64x64_diffusion.pt", name="finetuned"))
    assert by_file.name == "finetuned"
    assert by_file.network.weights == str(tmp_path / "64x64_diffusion.pt")
    assert by_file.classifier.weights == "64x64_classifier.pt"
    (tmp_path / "64x64_classifier.pt").touch()
    by_folder = denoiser(write(like="adm-imagenet64", weights="."))
    assert {Path(network.weights).parent for network in by_folder.networks} == {tmp_path}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"flags": FLAGS}, "weights is missing, which a diffusion model needs"),
        ({"weights": "a.pt", "flag": {}}, "there is no key 'flag' for a diffusion model"),
        (
            {"weights": "a.pt", "flags": {"num_channel": 1}},
            "flags: there is no flag 'num_channel' here; did you mean num_ch",
        ),
        ({"weights": "a.pt", "flags": {"num_channels": "many"}}, "flags: num_channels is 'many'"),
        ({"weights": "a.pt", "flags": {"noise_schedule": "sqrt"}}, "flags: noise_schedule is 'sqrt'"),
        ({"weights": "a.pt", "flags": {"model_path": "x"}}, "model_path is a setting of sampling"),
        ({"weights": "a.pt", "flags": {"timestep_respacing": "250"}}, "timestep_respacing is a setting of sampling"),
        ({"weights": "a.pt", "flags": {"image_size": 48}}, "image_size is 48, .* give channel_mult, or choose of 64"),
        ({"weights": "a.pt", "flags": {"image_size": 20, "channel_mult": "1,1,1,1"}}, "20 pixels cannot be halved 3"),
        ({"weights": "a.pt", "flags": {"num_channels": 48}}, "48 channels wide, which 32 groups do not divide"),
        ({"weights": "a.pt", "flags": {"num_heads": 3}}, "num_heads is 3, which does not divide"),
        ({"weights": "a.pt", "flags": {"num_head_channels": 100}}, "num_head_channels is 100, which does not divide"),
        ({"weights": "a.pt", "flags": {"channel_mult": "1,two"}}, "channel_mult is '1,two'; write numbers with commas"),
        ({"weights": "a.pt", "flags": {"attention_resolutions": "0"}}, "attention_resolutions is '0'; sizes of maps"),
        ({"weights": "a.pt", "flags": "--image_size"}, "is not of the form --flag value"),
        ({"weights": "a.pt", "flags": 5}, "must be a mapping of flags"),
        (
            {"weights": "a.pt", "project": "guided"},
            "project 'guided' has no diffusion models; known are guided-diff",
        ),
        ({"weights": "a.pt", "family": "flow"}, "there is no family 'flow'"),
        ({"weights": 5}, "weights must be the path of a file, not 5"),
        ({"weights": "a.pt", "classifier": 5}, "classifier must be a mapping"),
        ({"weights": "a.pt", "classifier": "adm-imagenet64"}, "no classifier named 'adm-imagenet64'; did you mean"),
        (
            {"weights": "a.pt", "classifier": {"weights": "c.pt", "flags": {"classifier_pool": "max"}}},
            "classifier_pool",
        ),
        ({"like": "adm-imagenet64"}, "weights is missing, the file or folder with the weights of adm-imagenet64"),
        ({"like": "adm-imagenet64", "weights": "gone.pt"}, "gone.pt of adm-imagenet64 do not exist"),
        ({"like": "adm-imagenet64", "weights": ".", "flags": {}}, "flags cannot be changed beside like"),
        ({"family": "gan", "weights": "a.bin", "config": "gone.json"}, "gone.json cannot be read"),
        ({"family": "stack", "base": "adm-imagenet64"}, "upsampler is missing"),
        (
            {"family": "gan", "weights": "a.bin", "flags": {}},
            "flags is for models of the family diffusion, ",
        ),
        (
            {"family": "callable", "function": "a:b", "weights": "a.pt"},
            "weights is for models of .*, and not of",
        ),
        ({"weights": "a.pt", "flags": FLAGS, "image_size": 32}, "image_size follows from the flags or the config"),
        ({"weights": "a.pt", "flags": FLAGS, "null_label": 0}, "null_label is 0, and the network is told no labels; "),
        ({**CONDITIONAL, "null_label": 5000}, "null_label is 5000, and the network has labels 0 to 9; it is one of"),
        ({**CONDITIONAL, "null_label": -1}, "null_label is -1, and the network has labels 0 to 9"),
        ({**CONDITIONAL, "null_label": "ten"}, "null_label is 'ten', and must be a whole number"),
        (
            {**CONDITIONAL, "num_classes": "ten", "null_label": "ten"},
            "num_classes is 'ten', and must be a whole number",
        ),
        ({**CONDITIONAL, "num_classes": None}, "num_classes is None, and must be a whole number"),
        ({**CONDITIONAL, "num_classes": 0}, "num_classes is 0, and class_cond is True"),
        (
            {"weights": "a.pt", "flags": '--image_size 64 --channel_mult "1,2'},
            r"cannot be taken apart \(no closing quotation\)",
        ),
        (
            {"weights": "a.pt", "flags": {"attention_resolutions": float("inf")}},
            "attention_resolutions is 'inf'; write",
        ),
        ({"weights": "a.pt", "flags": {"channel_mult": float("nan")}}, "channel_mult is 'nan'; write numbers"),
        (
            {"weights": "a.pt", "flags": {"diffusion_steps": 10**12}},
            "diffusion_steps is 1000000000000; input should be",
        ),
        ({"weights": "a.pt", "project": ["a"]}, r"project \['a'\] has no diffusion models; known are"),
        (
            {"weights": "a.pt", "flags": FLAGS, "architecture": {}},
            "the architecture follows from the flags; leave one of",
        ),
        (
            {"family": "gan", "weights": "a.bin", "config": {}, "num_classes": 5},
            "num_classes follows from the flags or",
        ),
        ({"classifier": {"weights": "c.pt", "flags": {}}}, "image_size is missing, which a diffusion model needs"),
        (
            {"weights": "a.pt", "flags": FLAGS, "classifier": {"weights": "c.pt", "architecture": {"foo": 1}}},
            r"classifier\.architecture: ",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence_that_names_the_file(write, fields: dict, message: str):
    path = write(**fields)
    with pytest.raises(InputError, match=message) as caught:
        find_model(path)
    if "gone" not in message:
        assert str(caught.value).startswith((f"{path}", "there is no classifier"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("- a", "must be a mapping"), ("a: [", "is no YAML"), ("", "must be a map"), ("a: 2001-99-99", "is no YAML")],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        find_model(str(tmp_path / "mine.yaml"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.yaml cannot be read \(No such file"):
        find_model(str(tmp_path / "gone.yaml"))


SETTINGS = SamplerSettings("ddpm", "10")


def test_whoever_leaves_the_order_of_attention_open_is_told_of_it_where_it_bites(write):
    (warning,) = settings_warnings(write(weights="a.pt", flags=FLAGS), SETTINGS)
    assert "If the images are noise, set use_new_attention_order to True" in warning


@pytest.mark.parametrize(
    "fields",
    [
        {"flags": {**FLAGS, "use_new_attention_order": False}},
        {"flags": {**FLAGS, "num_heads": 1}},  # the orders are one
        {"flags": {}, "project": "improved-diffusion"},  # it has one order alone
    ],
)
def test_where_the_order_is_known_nothing_is_said(write, fields: dict):
    assert settings_warnings(write(weights="a.pt", **fields), SETTINGS) == []


def test_other_flags_for_a_file_of_openais_name_are_warned_of(write):
    flags = "--attention_resolutions 32,16,8 --class_cond True --num_channels 192 --num_head_channels 64"
    flags += " --num_res_blocks 3 --resblock_updown True --learn_sigma True --noise_schedule cosine --dropout 0.1"
    (warning,) = settings_warnings(write(weights="64x64_diffusion.pt", flags=flags), SETTINGS)
    assert "differs: use_new_attention_order is True there and False here. If the images are noise" in warning
    right = f"{flags} --use_new_attention_order True"
    assert settings_warnings(write(weights="64x64_diffusion.pt", flags=right), SETTINGS) == []


def test_every_difference_that_matters_is_named_and_no_other(write):
    flags = "--attention_resolutions 32,16,8 --class_cond True --num_channels 192 --num_heads 6"
    flags += " --num_res_blocks 3 --resblock_updown True --learn_sigma True --noise_schedule linear"
    (warning,) = settings_warnings(write(weights="64x64_diffusion.pt", flags=flags), SETTINGS)
    for difference in ("kind is cosine there and linear", "num_head_channels is 64", "use_new_attention_order is True"):
        assert difference in warning
    assert "dropout" not in warning  # it is 0.1 in training, and images are made without


def test_a_stack_names_its_stages_by_name_or_path(write):
    write("base.yaml", weights="b.pt", flags={**FLAGS, "class_cond": True})
    write("up.yaml", family="upsampler", weights="u.pt", flags={"large_size": 64, "small_size": 16, "class_cond": True})
    stack = find_model(write(family="stack", base="base.yaml", upsampler="up.yaml"))
    assert (stack.name, stack.image_size, stack.num_classes) == ("mine", 64, 1000)
    with pytest.raises(InputError, match=r"images of 16x16 pixels, and adm-imagenet64-to-256 takes 64x64"):
        find_model(write(family="stack", base="base.yaml", upsampler="adm-imagenet64-to-256"))
    with pytest.raises(InputError, match="base is no upsampler"):
        find_model(write(family="stack", base="base.yaml", upsampler="base.yaml"))


def test_upsamplers_and_classifiers_are_known_and_not_sampled_alone(write):
    upsampler = write(family="upsampler", weights="u.pt", flags={"large_size": 64, "small_size": 16})
    assert find_entry(upsampler).image_size == 64
    with pytest.raises(InputError, match=r"enlarges images of 16x16 pixels and makes none .*; sample MODEL\+mine"):
        find_model(upsampler)
    with pytest.raises(InputError, match="classifies images and makes none"):
        find_model("adm-imagenet64-classifier")


def test_a_file_that_refers_to_itself_is_refused(write, tmp_path):
    path = write("loop.yaml", like=str(tmp_path / "loop.yaml"), weights="w.pt")
    with pytest.raises(InputError, match=r"loop\.yaml refers to itself, by like, base or upsampler"):
        find_model(path)


def test_flags_of_which_no_network_can_be_built_are_refused(write, tmp_path):
    from beatgans.generators import load_generator

    (tmp_path / "w.pt").write_bytes(b"")
    path = write(weights="w.pt", flags={**FLAGS, "num_channels": 10**12})
    with pytest.raises(InputError, match="no network can be built of the flags of mine"):
        load_generator(path)


@pytest.mark.parametrize("end", ["raise ValueError('two words')", "raise SystemExit(0)", "return images(1)"])
def test_a_function_that_fails_is_named_and_ends_nothing(tmp_path, monkeypatch, end):
    from beatgans.generators import load_generator

    name = f"failing_{abs(hash(end))}"
    (tmp_path / f"{name}.py").write_text(f"def make(seeds, labels):\n    {end}\n")
    monkeypatch.chdir(tmp_path)
    generator = load_generator(f"{name}:make")
    one = np.zeros(1, np.int64)
    with pytest.raises(InputError, match=f"the model {name}:make failed .*; mend it"):
        generator.generate(0, one, one, SamplerSettings(None, None))


URL = "https://weights.example.org/runs/7/ema%200.9999.pt?version=2"


def test_weights_with_an_address_have_a_place_of_its_own_in_the_cache(write):
    network = denoiser(write(url=URL, flags=FLAGS)).network
    assert (network.url, network.file, network.is_own) == (URL, "ema 0.9999.pt", True)
    assert cached_path(network).parent.parent == cache_folder() / "models"
    named = denoiser(write(url=URL, weights="64x64_diffusion.pt", flags=FLAGS)).network
    assert named.file == "64x64_diffusion.pt"
    assert cached_path(named).parent == cached_path(network).parent
    assert cached_path(named) != cached_path(MODELS["adm-imagenet64"].network)
    other = denoiser(write(url="https://example.org/64x64_diffusion.pt", flags=FLAGS)).network
    assert cached_path(other) != cached_path(named)


def test_a_classifier_a_gan_and_an_upsampler_can_have_an_address_too(write):
    entry = denoiser(write(url=URL, flags=FLAGS, classifier={"url": "http://host/c.pt", "flags": {"image_size": 64}}))
    assert (entry.classifier.file, entry.classifier.url) == ("c.pt", "http://host/c.pt")
    gan = find_model(write("gan.yaml", family="gan", url="http://host/g.bin", config={}))
    upsampler = find_entry(write("up.yaml", family="upsampler", url="http://host/u.pt", flags={}))
    assert [part.networks[0].file for part in (gan, upsampler)] == ["g.bin", "u.pt"]


def test_a_folder_of_weights_has_the_files_under_their_plain_names(write, tmp_path: Path):
    path = write(url="http://host/path/far.pt", flags=FLAGS)
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "far.pt").touch()
    entry = find_model(path, tmp_path / "near")
    assert entry.networks[0].weights == str(tmp_path / "near" / "far.pt")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "host/w.pt"}, "url is 'host/w.pt' and must be the address of a file"),
        ({"url": "file:///etc/w.pt"}, "must be the address of a file, such as https://host/path/model.pt"),
        ({"url": "http://[bad/x.pt", "weights": "x.pt"}, "url is 'http://[bad/x.pt' and must be the address of a file"),
        ({"url": 5}, "url is 5 and must be the address of a file"),
        ({"url": "https://host/"}, "weights is '', and beside a url must be a file's name"),
        (
            {"url": "https://host/w.pt", "weights": "sub/w.pt"},
            "weights is 'sub/w.pt', and beside a url must be a file's",
        ),
        ({"url": "https://host/w.pt", "weights": ".."}, "weights is '..', and beside a url"),
        ({"weights": "a.pt", "classifier": {"url": "c.pt"}}, "classifier.url is 'c.pt' and must be the address"),
        ({"family": "callable", "function": "a:b", "url": "https://host/w.pt"}, "url is for models of the family diff"),
        ({"like": "adm-imagenet64", "url": "https://host/w.pt"}, "url cannot be changed beside like"),
    ],
)
def test_an_address_that_is_none_is_refused(write, fields: dict, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        find_model(write(**fields))


@pytest.mark.parametrize("name", ["adm-imagenet64", "digits-gan", "imagenet64-admnet"])
def test_a_model_of_ones_own_cannot_be_called_like_one_of_the_catalog(write, name: str):
    for path in (write("mine.yaml", weights="a.pt", name=name), write(f"{name}.yaml", weights="a.pt")):
        with pytest.raises(InputError, match=f"{name} is the name of a model of the catalog; set `name` to another"):
            find_model(path)


def test_the_catalogs_own_model_keeps_its_name_with_weights_elsewhere(write, tmp_path: Path):
    (tmp_path / "w.pt").touch()
    assert find_model(write("adm-imagenet64.yaml", like="adm-imagenet64", weights="w.pt")).name == "adm-imagenet64"
    with pytest.raises(InputError, match="adm-imagenet128 is the name of a model of the catalog"):
        find_model(write(like="adm-imagenet64", weights="w.pt", name="adm-imagenet128"))
