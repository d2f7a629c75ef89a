"""A study that takes seconds: three arms, two seeds, two questions."""

from __future__ import annotations

import pytest
import yaml

STUDY = """
name: tiny
title: Tiny ablations
seeds: [0, 1]
samples: {reference: digits, extractor: digits, num_images: 60, shard_size: 30}
bound: {images: digits-heldout, number: 4}
gradient: {batches: 2}
arms:
  hybrid: {recipe: diffusion, title: L_hybrid}
  vlb: {recipe: diffusion, title: L_vlb, set: [loss=vlb]}
  classifier: {recipe: classifier, title: a classifier}
  guided: {title: guided, model: hybrid, classifier: classifier, guidance: 1}
measures:
  fid: {metric: fid, sampler: ddpm, steps: 2, title: FID}
  bpd: {metric: bpd, title: Bits/dim}
  noise: {metric: log10_gradient_noise_scale, title: Noise}
questions:
  objective:
    title: Objectives
    arms: {hybrid: hybrid, vlb: bound}
    measures: [fid, bpd, noise]
    orderings:
      - {better: vlb, worse: hybrid, measure: bpd, claim: Fewer bits., published: 3 against 4, source: a paper}
      - better: hybrid
        worse: vlb
        measure: fid
        claim: A lower FID.
        published: in words
        source: a paper
        confidence: recalled
  guidance:
    title: Guidance
    arms: {hybrid: none, guided: by a classifier}
    measures: [fid]
    orderings:
      - {better: guided, worse: hybrid, measure: fid, claim: It helps., published: "1", source: a paper}
"""


@pytest.fixture
def tree(request):
    """The study as YAML holds it; its recipes are the tests' own, without their names."""
    recipes = {
        family: yaml.safe_load((request.config.rootpath / "tests" / "recipes" / f"{family}.yaml").read_text())
        for family in ("diffusion", "classifier")
    }
    for recipe in recipes.values():
        del recipe["name"]
    recipes["diffusion"]["timesteps"] = "uniform"
    return {**yaml.safe_load(STUDY), "recipes": recipes}


@pytest.fixture
def study_file(tree, tmp_path):
    """The study as a file."""
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path
