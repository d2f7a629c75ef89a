"""A graph of the topology and the node names of OpenAI's ``classify_image_graph_def.pb``, with random weights.

It is written node by node, after the description of the 2015 Inception graph; no code under test has a part in it.
"""

from __future__ import annotations

import numpy as np

CLASSES = 1008


class GraphWriter:
    """Writes nodes into a TensorFlow GraphDef; a tensor is the name of its node and its number of channels."""

    def __init__(self, tf, seed):
        self.graph = tf.compat.v1.GraphDef()
        self.graph.versions.producer = (
            8  # BatchNormWithGlobalNormalization is refused from 9 on, as the graph of 2015 is older
        )
        self.tf = tf
        self.random = np.random.default_rng(seed)

    def node(self, name, op, *inputs, **attributes):
        node = self.graph.node.add(name=name, op=op, input=inputs)
        for key, value in attributes.items():
            attribute = node.attr[key]
            if key in {"T", "dtype", "DstT", "SrcT", "Tdim", "N"} and not isinstance(value, str):
                setattr(attribute, "i" if key == "N" else "type", int(value))
            elif isinstance(value, bool):
                attribute.b = value
            elif isinstance(value, float):
                attribute.f = value
            elif isinstance(value, str):
                attribute.s = value.encode()
            else:
                attribute.list.i.extend(value)
        return name

    def constant(self, name, array):
        array = np.asarray(array)
        node = self.graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = self.tf.as_dtype(array.dtype).as_datatype_enum
        node.attr["value"].tensor.CopyFrom(self.tf.make_tensor_proto(array))
        return name

    def conv(self, x, scope, channels, kernel=(1, 1), stride=1, padding="SAME"):
        """Convolution, batch norm, check and ReLU; the ReLU carries the name of the scope."""
        source, in_channels = x
        random, f = self.random, self.tf.float32.as_datatype_enum
        scale = np.sqrt(2 / (kernel[0] * kernel[1] * in_channels))
        weights = random.normal(size=(*kernel, in_channels, channels)) * scale
        self.constant(f"{scope}/conv2d_params", weights.astype(np.float32))
        statistics = {
            "beta": random.normal(size=channels) * 0.3 + 0.1,
            "gamma": random.uniform(0.5, 1.5, size=channels),  # present in the file, and not to be used
            "moving_mean": random.normal(size=channels) * 0.3,
            "moving_variance": random.uniform(0.5, 1.5, size=channels),
        }
        for name, values in statistics.items():
            self.constant(f"{scope}/batchnorm/{name}", values.astype(np.float32))
        strides = [1, stride, stride, 1]
        self.node(f"{scope}/Conv2D", "Conv2D", source, f"{scope}/conv2d_params", T=f, strides=strides, padding=padding)
        self.node(
            f"{scope}/batchnorm",
            "BatchNormWithGlobalNormalization",
            f"{scope}/Conv2D",
            *(f"{scope}/batchnorm/{name}" for name in ("moving_mean", "moving_variance", "beta", "gamma")),
            T=f,
            variance_epsilon=0.001,
            scale_after_normalization=False,
        )
        self.node(f"{scope}/CheckNumerics", "CheckNumerics", f"{scope}/batchnorm", T=f, message="activation input")
        self.node(f"{scope}/control_dependency", "Identity", f"{scope}/batchnorm", f"^{scope}/CheckNumerics", T=f)
        self.node(scope, "Relu", f"{scope}/control_dependency", T=f)
        return scope, channels

    def pool(self, x, name, op, size=3, stride=1, padding="SAME"):
        f = self.tf.float32.as_datatype_enum
        self.node(name, op, x[0], T=f, ksize=[1, size, size, 1], strides=[1, stride, stride, 1], padding=padding)
        return name, x[1]

    def join(self, scope, *tensors):
        f = self.tf.float32.as_datatype_enum
        self.constant(f"{scope}/join/concat_dim", np.int32(3))
        names = [name for name, _ in tensors]
        self.node(f"{scope}/join", "Concat", f"{scope}/join/concat_dim", *names, N=len(names), T=f)
        return f"{scope}/join", sum(channels for _, channels in tensors)


def write_graph(tf, seed):
    """The graph from ``ExpandDims`` to ``softmax`` as a GraphDef."""
    w = GraphWriter(tf, seed)
    f, i = tf.float32.as_datatype_enum, tf.int32.as_datatype_enum
    w.node("Cast", "Placeholder", dtype=f)
    w.constant("ExpandDims/dim", np.int32(0))
    w.node("ExpandDims", "ExpandDims", "Cast", "ExpandDims/dim", T=f, Tdim=i)
    w.constant("ResizeBilinear/size", np.array([299, 299], np.int32))
    w.node("ResizeBilinear", "ResizeBilinear", "ExpandDims", "ResizeBilinear/size", T=f, align_corners=False)
    w.constant("Sub/y", np.float32(128))
    w.node("Sub", "Sub", "ResizeBilinear", "Sub/y", T=f)
    w.constant("Mul/y", np.float32(0.0078125))
    w.node("Mul", "Mul", "Sub", "Mul/y", T=f)

    x = w.conv(("Mul", 3), "conv", 32, (3, 3), 2, "VALID")
    x = w.conv(x, "conv_1", 32, (3, 3), 1, "VALID")
    x = w.conv(x, "conv_2", 64, (3, 3))
    x = w.pool(x, "pool", "MaxPool", 3, 2, "VALID")
    x = w.conv(x, "conv_3", 80, (1, 1), 1, "VALID")
    x = w.conv(x, "conv_4", 192, (3, 3), 1, "VALID")
    x = w.pool(x, "pool_1", "MaxPool", 3, 2, "VALID")
    for scope, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
        x = block_35(w, x, scope, pooled)
    x = reduction_to_17(w, x, "mixed_3")
    for scope, width in (("mixed_4", 128), ("mixed_5", 160), ("mixed_6", 160), ("mixed_7", 192)):
        x = block_17(w, x, scope, width)
    x = reduction_to_8(w, x, "mixed_8")
    x = block_8(w, x, "mixed_9", "AvgPool")
    x = block_8(w, x, "mixed_10", "MaxPool")
    x = w.pool(x, "pool_3", "AvgPool", 8, 1, "VALID")

    w.constant("pool_3/_reshape/shape", np.array([-1, 2048], np.int32))
    w.node("pool_3/_reshape", "Reshape", "pool_3", "pool_3/_reshape/shape", T=f)
    w.constant("softmax/weights", w.random.normal(size=(2048, CLASSES)).astype(np.float32) * np.float32(0.02))
    w.constant("softmax/biases", w.random.normal(size=CLASSES).astype(np.float32))
    w.node("softmax/logits/MatMul", "MatMul", "pool_3/_reshape", "softmax/weights", T=f)
    w.node("softmax/logits", "BiasAdd", "softmax/logits/MatMul", "softmax/biases", T=f)
    w.node("softmax", "Softmax", "softmax/logits", T=f)
    return w.graph


def block_35(w, x, scope, pooled):
    single = w.conv(x, f"{scope}/conv", 64)
    five = w.conv(w.conv(x, f"{scope}/tower/conv", 48), f"{scope}/tower/conv_1", 64, (5, 5))
    three = w.conv(w.conv(x, f"{scope}/tower_1/conv", 64), f"{scope}/tower_1/conv_1", 96, (3, 3))
    three = w.conv(three, f"{scope}/tower_1/conv_2", 96, (3, 3))
    pool = w.conv(w.pool(x, f"{scope}/tower_2/pool", "AvgPool"), f"{scope}/tower_2/conv", pooled)
    return w.join(scope, single, five, three, pool)


def reduction_to_17(w, x, scope):
    single = w.conv(x, f"{scope}/conv", 384, (3, 3), 2, "VALID")
    double = w.conv(w.conv(x, f"{scope}/tower/conv", 64), f"{scope}/tower/conv_1", 96, (3, 3))
    double = w.conv(double, f"{scope}/tower/conv_2", 96, (3, 3), 2, "VALID")
    return w.join(scope, single, double, w.pool(x, f"{scope}/pool", "MaxPool", 3, 2, "VALID"))


def block_17(w, x, scope, width):
    single = w.conv(x, f"{scope}/conv", 192)
    seven = w.conv(w.conv(x, f"{scope}/tower/conv", width), f"{scope}/tower/conv_1", width, (1, 7))
    seven = w.conv(seven, f"{scope}/tower/conv_2", 192, (7, 1))
    twice = w.conv(w.conv(x, f"{scope}/tower_1/conv", width), f"{scope}/tower_1/conv_1", width, (7, 1))
    twice = w.conv(twice, f"{scope}/tower_1/conv_2", width, (1, 7))
    twice = w.conv(twice, f"{scope}/tower_1/conv_3", width, (7, 1))
    twice = w.conv(twice, f"{scope}/tower_1/conv_4", 192, (1, 7))
    pool = w.conv(w.pool(x, f"{scope}/tower_2/pool", "AvgPool"), f"{scope}/tower_2/conv", 192)
    return w.join(scope, single, seven, twice, pool)


def reduction_to_8(w, x, scope):
    three = w.conv(w.conv(x, f"{scope}/tower/conv", 192), f"{scope}/tower/conv_1", 320, (3, 3), 2, "VALID")
    seven = w.conv(w.conv(x, f"{scope}/tower_1/conv", 192), f"{scope}/tower_1/conv_1", 192, (1, 7))
    seven = w.conv(seven, f"{scope}/tower_1/conv_2", 192, (7, 1))
    seven = w.conv(seven, f"{scope}/tower_1/conv_3", 192, (3, 3), 2, "VALID")
    return w.join(scope, three, seven, w.pool(x, f"{scope}/pool", "MaxPool", 3, 2, "VALID"))


def block_8(w, x, scope, pool_op):
    single = w.conv(x, f"{scope}/conv", 320)
    tower = w.conv(x, f"{scope}/tower/conv", 384)
    sides = [
        w.conv(tower, f"{scope}/tower/mixed/conv", 384, (1, 3)),
        w.conv(tower, f"{scope}/tower/mixed/conv_1", 384, (3, 1)),
    ]
    tower = w.conv(w.conv(x, f"{scope}/tower_1/conv", 448), f"{scope}/tower_1/conv_1", 384, (3, 3))
    sides += [
        w.conv(tower, f"{scope}/tower_1/mixed/conv", 384, (1, 3)),
        w.conv(tower, f"{scope}/tower_1/mixed/conv_1", 384, (3, 1)),
    ]
    pool = w.conv(w.pool(x, f"{scope}/tower_2/pool", pool_op), f"{scope}/tower_2/conv", 192)
    return w.join(scope, single, *sides, pool)
