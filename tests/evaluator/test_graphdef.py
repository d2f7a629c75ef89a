from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.graphdef import constant, read_graph
from beatgans.reference_batches import InputError


@pytest.fixture(scope="module")
def small_graph(tf, tmp_path_factory):
    """A graph of a few nodes, written by TensorFlow."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 3], name="x")
        kernel = tf.constant(np.arange(54, dtype=np.float32).reshape(3, 3, 3, 2), name="kernel")
        y = tf.nn.conv2d(x, kernel, [1, 2, 2, 1], "VALID", name="y")
        with tf.control_dependencies([tf.debugging.check_numerics(y, "finite", name="check")]):
            tf.identity(y, name="checked")
        tf.constant(0.25, shape=[5], name="repeated")
        tf.constant(np.arange(3, dtype=np.int32), name="integers")
    path = tmp_path_factory.mktemp("graph") / "small.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def test_nodes_settings_and_constants_are_those_that_tensorflow_wrote(small_graph):
    nodes = read_graph(small_graph)
    assert nodes["y"].op == "Conv2D"
    assert nodes["y"].inputs == ("x", "kernel")
    assert nodes["y"].integers("strides") == (1, 2, 2, 1)
    assert nodes["y"].text("padding") == "VALID"
    assert nodes["y"].integers("no such setting") == ()
    np.testing.assert_array_equal(
        constant(nodes["kernel"], (3, 3, 3, 2), small_graph), np.arange(54).reshape(3, 3, 3, 2)
    )


def test_what_a_node_only_waits_for_is_no_input(small_graph):
    assert read_graph(small_graph)["checked"].inputs == ("y",)


def test_one_stored_value_fills_an_array(small_graph):
    np.testing.assert_array_equal(constant(read_graph(small_graph)["repeated"], (5,), small_graph), [0.25] * 5)


def test_constants_of_another_shape_or_type_are_refused(small_graph):
    nodes = read_graph(small_graph)
    with pytest.raises(InputError, match=r"kernel .* has the shape \[3, 3, 3, 2\], not \[1, 1, 3, 2\]"):
        constant(nodes["kernel"], (1, 1, 3, 2), small_graph)
    for name in ("integers", "y"):
        with pytest.raises(InputError, match=f"{name} .* is not a constant of float32"):
            constant(nodes[name], (3,), small_graph)


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\x0a\xff\xff\xff\xff\x0f"])
def test_files_that_are_no_graphs_are_refused(tmp_path, content):
    path = tmp_path / "graph.pb"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"graph\.pb is no TensorFlow graph"):
        read_graph(path)


def test_a_graph_that_was_cut_short_is_refused(small_graph, tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(small_graph.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"cut short"):
        read_graph(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.pb cannot be read"):
        read_graph(tmp_path / "none.pb")
