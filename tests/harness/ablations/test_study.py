from __future__ import annotations

import pytest
import yaml

from beatgans.generators.diffusion.entries import ClassifierEntry, DiffusionEntry
from beatgans.generators.training.folder import first_difference
from beatgans.generators.training.model import trained_entry
from beatgans.generators.training.recipe import parse_recipe
from beatgans.harness.ablations.models import Variant, measured, recipe_of, trained_arms, variants
from beatgans.harness.ablations.study import load_study, study_names
from beatgans.reference_batches import InputError
from beatgans.reports.published import published_quantities, published_scores


def test_the_papers_ablations_are_there_and_can_be_trained():
    assert study_names() == ["digits"]
    study = load_study("digits")
    assert len(study.seeds) >= 3
    assert set(study.questions) == {
        "schedule", "variance", "objective", "heads", "resolutions", "conditioning", "guidance",
    }  # fmt: skip
    recipes = {variant.arm: recipe for variant, recipe in variants(study)}
    assert set(recipes) == {arm for arm, of in study.arms.items() if of.recipe}
    entries = {arm: trained_entry(recipe) for arm, recipe in recipes.items()}
    kinds = {ClassifierEntry if arm.endswith("classifier") else DiffusionEntry: type(of) for arm, of in entries.items()}
    assert all(kind is expected for expected, kind in kinds.items())
    differences = {arm: first_difference(recipes["base"], recipes[arm]) for arm in recipes if arm != "base"}
    assert all(differences.values())


def test_an_arm_differs_from_the_base_in_what_it_sets_alone():
    study = load_study("digits")
    for arm in trained_arms(study):
        recipe = study.arms[arm].recipe
        plain = {**study.recipes[recipe], "name": "x", "seed": 0}
        here = yaml.safe_load(recipe_of(study, Variant(arm, 0)).model_dump_json())
        keys = {override.split("=")[0].split(".")[0] for override in study.arms[arm].set}
        unset = yaml.safe_load(parse_recipe(plain, "plain").model_dump_json())
        assert {key for key in unset if key not in ("name", "description", "seed") and here[key] != unset[key]} == keys


@pytest.mark.parametrize(
    ("question", "printed"),
    [
        ("schedule", ["28.0", "32.2", "3.19", "3.07", "3.62", "3.66", "3.17", "3.26"]),
        ("variance", ["3.62", "3.68", "3.17", "3.26", "27.0", "28.0", "3.05", "3.19"]),
        ("objective", ["3.57", "3.62", "2.94", "3.17", "28.0", "56.7", "3.19", "11.47"]),
        ("heads", ["14.08", "-0.50", "-0.97", "13.58", "13.11"]),
        ("resolutions", ["15.33", "-0.72", "14.61"]),
        ("conditioning", ["13.06", "15.08"]),
    ],
)
def test_published_numbers_are_those_of_the_collection(question, printed):
    of_paper = [row for row in published_scores() if row.provenance.paper in ("ADM", "IDDPM")]
    known = {value for row in of_paper for value in row.printed.values()}
    known |= {quantity.value for quantity in published_quantities()}
    text = " ".join(ordering.published for ordering in load_study("digits").questions[question].orderings)
    for number in printed:
        assert number in text
        assert number in known


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("bond={images: digits}", "study digits: bond: unknown key"),
        ("recipes.classifier.family=gan", "recipes.classifier.family: there is no 'gan'; "),
        ("arms.guided-by-clean.model=clean-classifier", "arms.guided-by-clean.model: there is no"),
        ("questions.guidance.measures=[bpd, fid, class-fid]", "guided-by-clean is guided, which its samples alone"),
        ("arms.base.recipe=diffusio", "arms.base.recipe: there is no 'diffusio'; did you mean diffusion"),
        ("arms.base.recipe=null", "arms.base: give recipe, with set or without; or model, classifier and guidance"),
        ("arms.guided-by-clean.classifier=guided-by-noisy", "arms.guided-by-clean.classifier: there is no"),
        ("measures.fid.metric=fod", "measures.fid: there is no metric 'fod'; did you mean fid"),
        ("measures.fid.steps=null", "measures.fid: fid takes sampler and steps"),
        ("measures.bpd.steps=3", "measures.bpd: bpd has no sampler and steps"),
        ("questions.heads.orderings.0.better=linear", "questions.heads.orderings"),
        ("questions.heads.orderings=[]", "questions.heads.orderings: the list is empty"),
        ("bound=null", "bound: this key is missing"),
        ("seeds=[1,1]", "seeds: one is listed twice"),
        ("name=No Name", "name: "),
    ],
)
def test_what_is_wrong_is_named(override, message):
    with pytest.raises(InputError, match=message):
        load_study("digits", [override])


def test_a_recipe_that_is_wrong_is_named_with_its_arm(tree, tmp_path):
    tree["arms"]["vlb"]["set"] = ["loss=lvb"]
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(InputError, match=r"study tiny: arms\.vlb: loss: "):
        list(variants(load_study(str(path))))
    tree["recipes"]["diffusion"]["seed"] = 3
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(InputError, match=r"recipes\.diffusion\.seed is given by the study; leave it out"):
        list(variants(load_study(str(path))))


def test_a_part_of_the_questions_takes_a_part_of_the_trainings(study_file):
    study = load_study(str(study_file))
    assert trained_arms(study) == ["hybrid", "vlb", "classifier"]
    assert [variant.name for variant, _ in variants(study)] == [
        f"{arm}-seed{seed}" for seed in (0, 1) for arm in ("hybrid", "vlb", "classifier")
    ]
    assert trained_arms(study.only(["objective"])) == ["hybrid", "vlb"]
    guidance = study.only(["guidance"])
    assert guidance.name == "tiny-guidance"
    assert trained_arms(guidance) == ["hybrid", "classifier"]
    assert measured(guidance) == {"hybrid": ["fid"], "guided": ["fid"]}
    with pytest.raises(InputError, match="--only guidence: there is no such question; did you mean guidance"):
        study.only(["guidence"])
