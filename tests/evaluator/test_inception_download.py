from __future__ import annotations

import json

import pytest

from beatgans.evaluator import inception_file
from beatgans.reference_batches import InputError, sha256_file


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path))
    return tmp_path


def test_a_file_in_the_cache_is_used_and_held_to_its_first_content(cache):
    path = cache / "classify_image_graph_def.pb"
    path.write_bytes(b"graph")
    assert inception_file() == path
    record = json.loads((cache / "classify_image_graph_def.pb.json").read_text())
    assert record["sha256"] == sha256_file(path)
    path.write_bytes(b"another")
    with pytest.raises(InputError, match="has the SHA-256"):
        inception_file()


def test_without_network_the_sentence_names_the_option(cache, monkeypatch):
    monkeypatch.setattr(
        "beatgans.evaluator.inception_download.URL", "http://127.0.0.1:9/graph.pb"
    )  # the port of discard, where nobody listens
    monkeypatch.setattr("beatgans.reference_batches.download.PAUSE", 0.0)
    with pytest.raises(InputError, match=r"name it with --weights"):
        inception_file()
    assert not list(cache.glob("*.pb"))
