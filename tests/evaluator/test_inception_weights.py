from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.evaluator.inception_weights import layers, read_weights
from beatgans.reference_batches import InputError


def edited(tf, graph, tmp_path, edit):
    """The path of a copy of the graph after ``edit`` has changed its nodes, by name."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(graph.read_bytes())
    edit(definition, {node.name: node for node in definition.node})
    path = tmp_path / "edited.pb"
    path.write_bytes(definition.SerializeToString())
    return path


def as_state_dict(tf, graph):
    """The weights under the names of pytorch-fid's file, converted from TensorFlow's own reading of the graph."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(graph.read_bytes())
    arrays = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in definition.node if n.op == "Const"}
    tensors = {}
    for layer in layers():
        name, norm = layer.torchvision_name, f"{layer.scope}/batchnorm"
        tensors[f"{name}.conv.weight"] = arrays[f"{layer.scope}/conv2d_params"].transpose(3, 2, 0, 1)
        tensors[f"{name}.bn.running_mean"] = arrays[f"{norm}/moving_mean"]
        tensors[f"{name}.bn.running_var"] = arrays[f"{norm}/moving_variance"]
        tensors[f"{name}.bn.bias"] = arrays[f"{norm}/beta"]
        tensors[f"{name}.bn.weight"] = np.ones_like(arrays[f"{norm}/beta"])  # the graph does not scale
        tensors[f"{name}.bn.num_batches_tracked"] = np.array(0)
    tensors["fc.weight"] = arrays["softmax/weights"].T
    tensors["fc.bias"] = arrays["softmax/biases"]
    return {name: torch.from_numpy(array.copy()) for name, array in tensors.items()}


@pytest.fixture(scope="module")
def weights(inception_graph):
    return read_weights(inception_graph)


@pytest.fixture(scope="module")
def state_dict(tf, inception_graph):
    return as_state_dict(tf, inception_graph)


def test_the_graph_has_94_convolutions_from_3_to_2048_channels():
    assert len(layers()) == 94
    assert layers()[0].in_channels == 3
    ends = ("mixed_10/conv", "mixed_10/tower/mixed/", "mixed_10/tower_1/mixed/", "mixed_10/tower_2/")
    assert sum(layer.out_channels for layer in layers() if layer.scope.startswith(ends)) == 2048


def test_the_state_dict_of_pytorch_fid_holds_the_same_weights(weights, state_dict, tmp_path):
    torch.save(state_dict, tmp_path / "pt_inception.pth")
    converted = read_weights(tmp_path / "pt_inception.pth")
    assert converted.convolutions.keys() == weights.convolutions.keys()
    for scope, convolution in weights.convolutions.items():
        for ours, theirs in zip(convolution, converted.convolutions[scope], strict=True):
            assert torch.equal(ours, theirs), scope
    assert torch.equal(weights.classifier, converted.classifier)
    assert converted.sha256 == weights.sha256


def test_gamma_counts_where_the_graph_scales(tf, inception_graph, weights, tmp_path):
    def scale(_, nodes):
        nodes["conv/batchnorm"].attr["scale_after_normalization"].b = True

    scaled = read_weights(edited(tf, inception_graph, tmp_path, scale))
    gamma = scaled.convolutions["conv"].weight / weights.convolutions["conv"].weight
    assert gamma.std() > 0.1
    torch.testing.assert_close(gamma, gamma[:, :1, :1, :1].expand_as(gamma))
    assert scaled.sha256 != weights.sha256


def test_the_hash_is_of_the_numbers(weights, inception_graph, tmp_path):
    copy = tmp_path / "copy.pb"
    copy.write_bytes(inception_graph.read_bytes())
    assert read_weights(copy).sha256 == weights.sha256
    assert len(weights.sha256) == 64


def rename(old, new):
    return lambda _, nodes: setattr(nodes[old], "name", new)


def set_op(name, op):
    return lambda _, nodes: setattr(nodes[name], "op", op)


def set_padding(name, padding):
    def edit(_, nodes):
        nodes[name].attr["padding"].s = padding

    return edit


def set_strides(name, strides):
    def edit(_, nodes):
        nodes[name].attr["strides"].list.i[:] = strides

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (rename("mixed_6/conv/Conv2D", "mixed_6/konv/Conv2D"), "has no node mixed_6/conv/Conv2D"),
        (rename("softmax/logits/MatMul", "logits"), "has no node softmax/logits/MatMul"),
        (rename("mixed/conv/conv2d_params", "x"), "mixed/conv/Conv2D .* has no input 1"),
        (set_op("conv_1/batchnorm", "FusedBatchNorm"), "conv_1/batchnorm .* is of the kind FusedBatchNorm"),
        (set_padding("conv_2/Conv2D", b"VALID"), "conv_2/Conv2D .* is padded otherwise"),
        (set_strides("mixed_3/conv/Conv2D", [1, 1, 1, 1]), "mixed_3/conv/Conv2D .* has not the stride 2"),
    ],
)
def test_another_graph_is_refused_naming_the_first_node_that_differs(tf, inception_graph, tmp_path, edit, message):
    with pytest.raises(InputError, match=message):
        read_weights(edited(tf, inception_graph, tmp_path, edit))


def test_another_shape_is_refused(tf, inception_graph, tmp_path):
    def widen(_, nodes):
        nodes["conv_3/batchnorm/beta"].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.zeros(81, np.float32)))

    with pytest.raises(InputError, match=r"conv_3/batchnorm/beta .* has the shape \[81\], not \[80\]"):
        read_weights(edited(tf, inception_graph, tmp_path, widen))


def test_state_dicts_that_lack_a_tensor_or_have_another_shape_are_refused(state_dict, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({k: v for k, v in state_dict.items() if k != "Mixed_6d.branch1x1.conv.weight"}, path)
    with pytest.raises(InputError, match=r"has no tensor Mixed_6d\.branch1x1\.conv\.weight"):
        read_weights(path)
    torch.save(state_dict | {"fc.weight": torch.zeros(1000, 2048)}, path)
    with pytest.raises(InputError, match=r"fc\.weight .* has the shape \[1000, 2048\], not \[1008, 2048\]"):
        read_weights(path)


class Planted:
    """A pickle that would run a command."""

    def __reduce__(self):
        import os

        return os.system, ("touch planted",)


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"fc.weight": Planted()}, tmp_path / "weights.pth")
    with pytest.raises(InputError, match="cannot be read as a PyTorch state dict"):
        read_weights(tmp_path / "weights.pth")
    assert not (tmp_path / "planted").exists()


def test_damaged_and_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.pth does not exist"):
        read_weights(tmp_path / "none.pth")
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match=r"cut\.pth cannot be read as a PyTorch state dict"):
        read_weights(tmp_path / "cut.pth")
    torch.save([1], tmp_path / "list.pth")
    with pytest.raises(InputError, match=r"list\.pth is no PyTorch state dict"):
        read_weights(tmp_path / "list.pth")
