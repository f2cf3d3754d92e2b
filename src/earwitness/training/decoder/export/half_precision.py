"""Store an onnx model's weights as float16 and cast them back when it is loaded.

The graph still computes in float32: onnxruntime folds the casts once, so halving the file costs a few
milliseconds of loading and one rounding of each weight (relative error at most 2**-11).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, helper, numpy_helper

SMALLEST = 60_000  # numbers; smaller ones (filters, biases, norms) stay exact and weigh nothing


def store_half(model: ModelProto) -> ModelProto:
    """Replace every large float32 initialiser by a float16 one and a Cast node of the old name."""
    graph = model.graph
    kept: list[Any] = []
    casts: list[Any] = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < SMALLEST:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(array.astype(np.float16), tensor.name + ".half"))
        casts.append(
            helper.make_node("Cast", [tensor.name + ".half"], [tensor.name], to=onnx.TensorProto.FLOAT)
        )
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.node.extend(casts + nodes)
    strip(model)
    onnx.checker.check_model(model)
    return model


def strip(model: ModelProto) -> None:
    """Drop what exporters add for people debugging them: stack traces, source files, names of machines."""
    model.doc_string, model.producer_version = "", ""
    del model.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for item in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        item.doc_string = ""
        del item.metadata_props[:]
