import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results

from beatgans.reports import RecordError
from beatgans.reports.exports import model_card

GOLDEN = """\
---
tags:
- image-generation
model-index:
- name: digits-gan
  results:
  - task:
      type: unconditional-image-generation
      name: Image generation
    dataset:
      type: digits
      name: digits
      args:
        reference_images: 1297
        reference_sha256: {reference}
        labels: balanced
        seed: 0
        name: adm
"""
METRIC = """\
    - type: fid
      value: 3.4
      name: FID (truncation 1)
      args:
        truncation: 1.0
        num_images: 500
        standard_error: 0.136
        network_evaluations: 1
        higher_is_better: false
"""


def test_the_card_is_this(record):
    card = model_card(record, "digits-gan")
    assert card.startswith(GOLDEN.format(reference="ab" * 32))
    assert METRIC in card
    assert card.endswith("---\n")


def test_the_hub_s_own_reader_finds_every_score(record):
    data = ModelCard(model_card(record, "digits-diffusion")).data.to_dict()
    name, results = model_index_to_eval_results(data["model-index"])
    points = [point for point in record.points if point.model == "digits-diffusion"]
    assert name == "digits-diffusion"
    assert [result.metric_value for result in results] == [
        score.value for point in points for score in point.scores.values()
    ]
    assert {result.dataset_type for result in results} == {"digits"}
    assert results[0].metric_args["steps"] == 10


def test_missing_scores_are_left_out(partial_record):
    card = yaml.safe_load(model_card(partial_record, "digits-gan").strip("-\n"))
    values = [metric["value"] for metric in card["model-index"][0]["results"][0]["metrics"]]
    assert len(values) == 5
    assert None not in values


def test_hostile_names_stay_names(hostile_record):
    model = hostile_record.points[0].model
    data = ModelCard(model_card(hostile_record, model)).data.to_dict()
    assert data["model-index"][0]["name"] == model


def test_a_model_that_is_not_there_is_refused(record):
    with pytest.raises(RecordError, match="no score of a model 'x'; it has digits-diffusion, digits-gan"):
        model_card(record, "x")
