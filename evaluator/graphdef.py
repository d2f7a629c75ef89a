"""TensorFlow's frozen graphs, read without TensorFlow.

A ``.pb`` file is a serialized GraphDef. The few messages that a frozen graph of convolutions needs are described here
to the protobuf library; fields that are not described are skipped, as protobuf does with fields that it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from numpy.typing import NDArray

from ..reference_batches import InputError

# name, number, type, whether repeated; of TensorFlow's graph, node_def, attr_value, tensor and tensor_shape.proto
_MESSAGES: dict[str, list[tuple[str, int, str, bool]]] = {
    "Dim": [("size", 1, "int64", False)],
    "TensorShape": [("dim", 2, "Dim", True)],
    "Tensor": [
        ("dtype", 1, "int32", False),
        ("tensor_shape", 2, "TensorShape", False),
        ("tensor_content", 4, "bytes", False),
        ("float_val", 5, "float", True),
    ],
    "List": [("i", 3, "int64", True)],
    "AttrValue": [
        ("list", 1, "List", False),
        ("s", 2, "bytes", False),
        ("f", 4, "float", False),
        ("b", 5, "bool", False),
        ("tensor", 8, "Tensor", False),
    ],
    "AttrEntry": [("key", 1, "string", False), ("value", 2, "AttrValue", False)],
    "Node": [
        ("name", 1, "string", False),
        ("op", 2, "string", False),
        ("input", 3, "string", True),
        ("attr", 5, "AttrEntry", True),
    ],
    "Graph": [("node", 1, "Node", True)],
}
_FLOAT = 1  # DT_FLOAT


@dataclass(frozen=True)
class Node:
    """One operation of a graph.

    Attributes:
        name: its name, such as ``mixed/conv/Conv2D``.
        op: its kind, such as ``Conv2D``.
        inputs: the names of the nodes whose outputs it takes; those it merely waits for are left out.
        attributes: its settings, as the messages of the file.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def integers(self, key: str) -> tuple[int, ...]:
        """A setting that is a list of integers, such as strides; empty where the node has none of that name."""
        return tuple(self.attributes[key].list.i) if key in self.attributes else ()

    def text(self, key: str) -> str:
        """A setting that is a text, such as the padding; empty where the node has none of that name."""
        return self.attributes[key].s.decode("utf-8", "replace") if key in self.attributes else ""


def read_graph(path: Path | str) -> dict[str, Node]:
    """The nodes of a frozen graph by name.

    Raises:
        InputError: the file is missing or no GraphDef.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"the graph {path} cannot be read ({error.strerror})") from None
    graph = _graph_message()()
    try:
        graph.ParseFromString(content)
    except message.DecodeError as error:
        raise InputError(f"{path} is no TensorFlow graph, or was cut short ({error}); fetch it again") from None
    if not graph.node:
        raise InputError(f"{path} is no TensorFlow graph: it has no nodes; fetch it again")
    return {node.name: _node(node) for node in graph.node}


def constant(node: Node, shape: tuple[int, ...], path: Path | str) -> NDArray[np.float32]:
    """The float32 array of the given shape that a ``Const`` node of the graph ``path`` holds.

    Raises:
        InputError: the node is not a constant of float32, has another shape, or its data do not fill it.
    """
    tensor = node.attributes["value"].tensor if node.op == "Const" and "value" in node.attributes else None
    if tensor is None or tensor.dtype != _FLOAT:
        raise InputError(f"the node {node.name} of the graph {path} is not a constant of float32")
    found = tuple(dimension.size for dimension in tensor.tensor_shape.dim)
    if found != shape:
        raise InputError(f"the node {node.name} of the graph {path} has the shape {list(found)}, not {list(shape)}")
    content = tensor.tensor_content
    flat = np.frombuffer(content[: len(content) // 4 * 4], "<f4") if content else np.array(tensor.float_val, np.float32)
    if len(flat) == 1:
        return np.full(shape, flat[0], np.float32)  # TensorFlow stores one value for an array of equal ones
    if flat.size != math.prod(shape):
        raise InputError(
            f"the node {node.name} of the graph {path} holds {flat.size} values for the shape {list(shape)}"
        )
    return flat.reshape(shape).astype(np.float32)


def _node(node: Any) -> Node:
    inputs = tuple(name.partition(":")[0] for name in node.input if not name.startswith("^"))
    return Node(node.name, node.op, inputs, {entry.key: entry.value for entry in node.attr})


@cache
def _graph_message() -> type[Any]:
    """The class of GraphDef messages, in a pool of its own, where it does not meet TensorFlow's."""
    file = descriptor_pb2.FileDescriptorProto(name="frozen_graph.proto", package="frozen_graph", syntax="proto3")
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            entry = described.field.add(name=field, number=number)
            entry.label = entry.LABEL_REPEATED if repeated else entry.LABEL_OPTIONAL
            if kind in _MESSAGES:
                entry.type, entry.type_name = entry.TYPE_MESSAGE, f".frozen_graph.{kind}"
            else:
                entry.type = getattr(entry, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    graph: type[Any] = message_factory.GetMessageClass(pool.FindMessageTypeByName("frozen_graph.Graph"))
    return graph
