from __future__ import annotations

import numpy as np
import pytest
import yaml

from beatgans.generators import SamplerSettings
from beatgans.harness import load_suite
from beatgans.harness.points import operating_points, point_id, select_points
from beatgans.harness.suite import parse_suite
from beatgans.reference_batches import Batch, InputError, write_batch


def points_of(*entries, **keys):
    tree = {"name": "a", "title": "A", "reference": "digits", "extractor": "digits", "num_images": 10}
    return operating_points(parse_suite({**tree, **keys, "points": list(entries)}, "test"))


def diffusion(**settings):
    return {"model": "digits-diffusion", **settings}


def test_lists_expand_to_their_product_the_last_changing_fastest():
    points = points_of(diffusion(sampler="ddim", steps=[5, 10], guidance=[0, 0.5], eta=[0, 1]))

    assert [point.id for point in points] == [
        f"digits-diffusion_ddim{steps}{guidance}{eta}"
        for steps in (5, 10)
        for guidance in ("", "_guidance0.5")
        for eta in ("", "_eta1")
    ]


def test_steps_stand_for_the_samplers_own_respacing_and_respacings_for_themselves():
    ddpm, ddim, explicit = points_of(
        diffusion(sampler="ddpm", steps=25),
        diffusion(sampler="ddim", steps=25),
        diffusion(sampler="ddim", respacing="10,15,20"),
    )

    assert [point.settings.respacing for point in (ddpm, ddim, explicit)] == ["25", "ddim25", "10,15,20"]
    assert [point.evaluations() for point in (ddpm, ddim, explicit)] == [(25, 0), (25, 0), (45, 0)]


def test_solvers_have_their_own_spacing_and_heun_evaluates_twice_a_step():
    solver, heun = points_of(
        diffusion(sampler="dpm-solver++2m", steps=10, guidance=1, guidance_interval="200-800"),
        diffusion(sampler="heun", steps=10, churn=40, churn_interval="0.05-50", churn_noise=1.003),
    )

    assert (solver.settings.respacing, heun.settings.respacing) == ("uniform10", "karras10")
    assert (solver.steps(), heun.steps()) == (10, 10)
    inside = sum(200 <= timestep <= 800 for timestep in np.rint(np.linspace(0, 995, 10)))
    assert solver.evaluations() == (10, inside)
    assert heun.evaluations() == (19, 0)
    assert vars(heun.settings)["churn_interval"] == "0.05-50"


def test_existing_images_are_a_point_without_settings():
    (point,) = points_of({"images": "digits-heldout"})

    assert (point.id, point.family, point.settings) == ("digits-heldout", "real", None)
    assert point.evaluations() == (0, 0)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (SamplerSettings("ddim", "ddim25", 1.0), "m_ddim25_guidance1"),
        (SamplerSettings("ddim", "25"), "m_ddim-25"),
        (SamplerSettings("ddim", "10,15,20"), "m_ddim-10-15-20"),
        (SamplerSettings("ddpm", "250"), "m_ddpm250"),
        (SamplerSettings("ddpm", "ddim25"), "m_ddpm-ddim25"),
        (SamplerSettings(None, None, truncation=0.5), "m_truncation0.5"),
        (SamplerSettings("ddim", "ddim25", 0.1 + 0.2, eta=0.5), "m_ddim25_guidance0.30000000000000004_eta0.5"),
        (SamplerSettings("dpm-solver++2m", "uniform10", 1.0), "m_dpm-solver++2m-10_guidance1"),
        (SamplerSettings("unipc", "10"), "m_unipc-spaced10"),
        (SamplerSettings("unipc3", "karras10"), "m_unipc3-karras10"),
        (
            SamplerSettings("heun", "karras10", churn=40.0, churn_interval="0.05-50", churn_noise=1.003),
            "m_heun-10_churn40_between0.05-50_noise1.003",
        ),
        (
            SamplerSettings("ddim", "ddim25", 1.0, guidance_interval="200-800", clip=False),
            "m_ddim25_guidance1_within200-800_unclipped",
        ),
        (SamplerSettings("ddim", "uniform25", classifier_free=0.5), "m_ddim-uniform25_free0.5"),
    ],
)
def test_ids_are_readable_and_tell_settings_apart(settings, name):
    assert point_id("m", settings) == name


def test_ids_of_files_are_safe_as_file_names(tmp_path):
    (point,) = points_of({"images": str(tmp_path / "my images (2).npz")})
    assert point.id == "my-images-2-"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([diffusion(sampler="ddim", steps=[5, 5])], r"points\[0\]: digits-diffusion_ddim5 is there already"),
        ([{"images": "digits"}, {"images": "digits"}], r"points\[1\]: digits is there already"),
        ([{"model": "digits-gun", "truncation": 1}], r"points\[0\]\.model: .*did you mean digits-gan"),
        ([diffusion(sampler="ddim", steps=333)], r"points\[0\]: .*ddim333"),
        ([diffusion(sampler="ddpm", steps=1001)], r"points\[0\]: .*1001"),
        ([diffusion(steps=5)], r"points\[0\]: digits-diffusion needs a sampler; choose one of ddpm, ddim"),
        ([diffusion(sampler="ddim", steps=5, respacing="5")], r"points\[0\]\.steps: give either steps or respacing"),
        ([{"model": "digits-gan", "steps": 5}], r"points\[0\]\.steps: digits-gan is a GAN"),
        ([{"model": "digits-gan", "images": "digits"}], r"points\[0\]: give either model or images"),
        ([{"truncation": 1}], r"points\[0\]: give either model or images"),
        ([diffusion(sampler="unipc", steps=5, eta=0.5)], r"eta is an option of the sampler ddim, not of unipc"),
        ([diffusion(sampler="ddim", steps=5, churn=4)], r"churn is an option of the sampler heun, not of ddim"),
        ([diffusion(sampler="heun", steps=5, churn_noise=2)], r"do nothing where churn is 0"),
        ([diffusion(sampler="heun", steps=5, churn=1, churn_interval="5")], r"churn_interval '5' is not understood"),
        ([diffusion(sampler="ddim", steps=5, guidance=1, guidance_interval="9-2")], r"guidance_interval 9-2 is empty"),
        ([diffusion(sampler="ddim", steps=5, guidance=1, guidance_interval="0-1000")], r"goes beyond .*, 0 to 999"),
        ([{"images": "digits", "clip": False}], r"points\[0\]\.clip: images exist already"),
        ([{"images": "digits", "guidance": 1}], r"points\[0\]\.guidance: images exist already"),
    ],
)
def test_what_cannot_be_sampled_is_refused_with_its_place(entries, message):
    with pytest.raises(InputError, match=message):
        points_of(*entries)


def test_a_long_respacing_has_a_short_id_of_its_own():
    first, second = points_of(
        diffusion(sampler="ddpm", respacing=",".join(["1"] * 200)),
        diffusion(sampler="ddpm", respacing=",".join(["1"] * 199 + ["2"])),
    )
    assert first.id != second.id
    assert len(first.id) == len(second.id) == 120
    (images,) = points_of({"images": f"{'a' * 240}.npz"})
    assert len(images.id) == 120


def test_a_mistake_names_the_suite_and_its_place():
    with pytest.raises(InputError, match=r"^test: points\[0\]: digits-gan needs a truncation"):
        points_of({"model": "digits-gan"})


def test_the_baseline_must_be_a_model_of_the_suite():
    with pytest.raises(InputError, match=r"baseline: no point samples 'digits-gann'; did you mean digits-gan\?"):
        points_of({"model": "digits-gan", "truncation": 1}, baseline="digits-gann")
    with pytest.raises(InputError, match="baseline: no point samples 'digits'"):
        points_of({"model": "digits-gan", "truncation": 1}, {"images": "digits"}, baseline="digits")


def test_selection_is_by_shell_pattern_and_never_empty():
    points = points_of(diffusion(sampler="ddim", steps=[5, 10]), {"images": "digits"})

    assert select_points(points, []) == points
    assert [point.id for point in select_points(points, ["*ddim10"])] == ["digits-diffusion_ddim10"]
    with pytest.raises(InputError, match="--only gan matches no operating point; there are digits-diffusion_ddim5, "):
        select_points(points, ["*ddim10", "gan"])


def test_the_built_in_suite_has_the_points_that_the_readme_promises():
    ids = {point.id for point in operating_points(load_suite("digits"))}

    expected = {f"digits-diffusion_ddpm{steps}" for steps in (10, 25, 50, 100)}
    expected |= {f"digits-diffusion_ddim{steps}" for steps in (2, 3, 4, 5, 10, 25, 50)}
    assert expected < ids
    assert sum("digits-gan_" in name for name in ids) == 4
    assert sum("_guidance" in name for name in ids) >= 8
    assert "digits-heldout" in ids
    assert len(ids) == 27


def write_models(folder):
    """A stack of two models of flags, which need no weights to be planned."""
    base = {"weights": "b.pt", "flags": {"image_size": 16, "channel_mult": "1,1", "class_cond": True}}
    upsampler = {"family": "upsampler", "weights": "u.pt", "flags": {"large_size": 64, "small_size": 16}}
    (folder / "base.yaml").write_text(yaml.safe_dump(base))
    (folder / "up.yaml").write_text(yaml.safe_dump(upsampler))
    (folder / "stack.yaml").write_text(yaml.safe_dump({"family": "stack", "base": "base.yaml", "upsampler": "up.yaml"}))
    return folder / "stack.yaml"


def test_a_stack_is_a_point_with_settings_for_each_stage(tmp_path):
    stack = write_models(tmp_path)
    upsampler = {"sampler": "ddim", "steps": [5, 10]}
    first, second = points_of({"model": str(stack), "sampler": "ddpm", "steps": 20, "upsampler": upsampler})
    assert [point.id for point in (first, second)] == [
        "stack_ddpm20_upsampler_ddim5",
        "stack_ddpm20_upsampler_ddim10",
    ]
    assert (first.model, first.named, first.family) == ("stack", str(stack), "diffusion")
    assert (first.evaluations(), second.evaluations(), first.steps()) == ((25, 0), (30, 0), 20)
    with pytest.raises(InputError, match=r"points\[0\]: stack needs the sampler and the steps of its second stage too"):
        points_of({"model": str(stack), "sampler": "ddpm", "steps": 20})
    with pytest.raises(InputError, match=r"points\[0\]\.upsampler: give either steps or respacing"):
        points_of({"model": str(stack), "sampler": "ddpm", "steps": 20, "upsampler": {"sampler": "ddim"}})
    with pytest.raises(InputError, match=r"points\[0\]: upsampler is for stacks of two models"):
        points_of(diffusion(sampler="ddpm", steps=20, upsampler=upsampler))


def test_generated_images_compete_and_real_ones_do_not(tmp_path):
    path = tmp_path / "made.npz"
    write_batch(path, Batch(np.zeros((4, 8, 8, 3), np.uint8)))
    made, real = points_of({"model": str(path)}, {"images": str(tmp_path / "real.npz")}, baseline="made")
    assert (made.id, made.family, made.settings, made.images) == ("made", "other", None, str(path))
    assert (real.family, real.images) == ("real", str(tmp_path / "real.npz"))
    with pytest.raises(InputError, match=r"points\[0\]\.truncation: images exist already"):
        points_of({"model": str(path), "truncation": 1})


def test_a_function_is_a_point_of_unknown_cost():
    (point,) = points_of({"model": "my_models:make"})
    assert (point.id, point.family, point.evaluations(), point.steps()) == ("my_models.make", "other", None, None)
    with pytest.raises(InputError, match=r"points\[0\]\.steps: my_models\.make has no sampling steps"):
        points_of({"model": "my_models:make", "steps": 5})


def test_a_pipeline_takes_a_number_of_steps(tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "model_index.json").write_text("{}")
    (point,) = points_of({"model": str(tmp_path / "tiny"), "steps": 5})
    assert (point.id, point.settings.respacing, point.steps()) == ("tiny_steps5", "5", 5)


def test_two_models_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_models(tmp_path / folder)
    entries = [{"model": str(tmp_path / folder / "base.yaml"), "sampler": "ddpm"} for folder in ("a", "b")]
    with pytest.raises(InputError, match=r"points\[1\]\.model: .*/a/base.yaml and .*/b/base.yaml are both named base"):
        points_of({**entries[0], "steps": 5}, {**entries[1], "steps": 10})
