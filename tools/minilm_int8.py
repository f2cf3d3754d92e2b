"""all-MiniLM-L6-v2 as an onnx graph whose products are of int8 numbers, built layer by layer.

Weights are int8 with a scale a column; what they are multiplied with is uint8 with one scale a layer, taken
from sentences, so a sentence's vector depends on nothing but the sentence. A few of the network's channels are
much larger than the others: each channel is divided by a number of its own before it is rounded, and the
weights that read it are multiplied by it (Xiao et al. 2023, "SmoothQuant"); and the few channels of a
feed-forward layer that reach furthest are not rounded at all (Dettmers et al. 2022, "LLM.int8()").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

MICROSOFT = "com.microsoft"
WEIGHT_MOST = 63  # of 127: pairs of products are added in 16 bits where a processor has no VNNI
BALANCE = 0.6  # of a channel's size between what is multiplied and the weights
FEW = 32  # channels of a feed-forward layer, those that reach furthest, whose products stay float32
HIGH = 1  # the row of ``ranges`` with the greatest numbers
Array = np.ndarray


@dataclass(frozen=True)
class Linear:
    """A layer's weights (inputs, outputs) and its bias."""

    weight: Array
    bias: Array


@dataclass(frozen=True)
class Network:
    """The float32 weights, and what happens with them, in numpy."""

    table: Array
    positions: Array
    norms: tuple[tuple[Array, Array], ...]
    linears: tuple[Linear, ...]  # four a layer: qkv, out, up, down
    heads: int
    epsilon: float

    @classmethod
    def read(cls, folder: Path) -> Network:
        config = json.loads((folder / "config.json").read_text())
        w = load_file(folder / "model.safetensors")

        def linear(at: str, *names: str) -> Linear:
            weights = np.concatenate([w[f"{at}{n}.weight"] for n in names]).T
            return Linear(weights.copy(), np.concatenate([w[f"{at}{n}.bias"] for n in names]))

        norms = [(w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])]
        linears = []
        for i in range(config["num_hidden_layers"]):
            at = f"encoder.layer.{i}."
            linears += [
                linear(f"{at}attention.self.", "query", "key", "value"),
                linear(at, "attention.output.dense"),
                linear(at, "intermediate.dense"),
                linear(at, "output.dense"),
            ]
            for name in ("attention.output", "output"):
                norms.append((w[f"{at}{name}.LayerNorm.weight"], w[f"{at}{name}.LayerNorm.bias"]))
        # every sentence is segment 0, so its embedding is part of the position's
        positions = (
            w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
        )
        heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        return cls(
            w["embeddings.word_embeddings.weight"], positions, tuple(norms), tuple(linears), heads, epsilon
        )


def ranges(network: Network, sentences: Sequence[Sequence[int]]) -> list[Array]:
    """Least, greatest and mean number in each channel that each linear layer reads, (3, channels) a layer.

    Parameters
    ----------
    network : Network
    sentences : sequence of sequences of int
        As tokens.
    """
    found = [np.array([[np.inf], [-np.inf], [0.0]]).repeat(len(layer.weight), 1) for layer in network.linears]

    def read(at: int, x: Array) -> Array:
        low, high, mean = found[at]
        mean = mean + x.mean(0) / len(sentences)
        found[at] = np.stack([np.minimum(low, x.min(0)), np.maximum(high, x.max(0)), mean])
        return x @ network.linears[at].weight + network.linears[at].bias

    for ids in sentences:
        x = _normed(
            network.table[list(ids)] + network.positions[: len(ids)], network.norms[0], network.epsilon
        )
        for i in range(len(network.linears) // 4):
            y = _attended(read(4 * i, x), network.heads)
            x = _normed(x + read(4 * i + 1, y), network.norms[2 * i + 1], network.epsilon)
            y = read(4 * i + 3, _gelu(read(4 * i + 2, x)))
            x = _normed(x + y, network.norms[2 * i + 2], network.epsilon)
    return found


def _normed(x: Array, norm: tuple[Array, Array], epsilon: float) -> Array:
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon) * norm[0] + norm[1]


def _gelu(x: Array) -> Array:
    from scipy.special import erf

    return (0.5 * x * (1 + erf(x / np.sqrt(2)))).astype(np.float32)


def _attended(qkv: Array, heads: int) -> Array:
    n, width = len(qkv), qkv.shape[1] // 3
    q, k, v = qkv.reshape(n, 3, heads, width // heads).transpose(1, 2, 0, 3)
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(width // heads)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    return ((scores / scores.sum(-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(n, width)


class Builder:
    """A graph that grows node by node."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Array) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self, op: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: object
    ) -> str:
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def split(self, x: str, names: list[str], sizes: str = "", **attributes: int) -> list[str]:
        """Cut along the last axis."""
        inputs = [x, sizes] if sizes else [x]
        node = helper.make_node("Split", inputs, names, name=f"{names[0]}.split", axis=-1, **attributes)
        self.nodes.append(node)
        return names


def int8_graph(network: Network, seen: Sequence[Array]) -> onnx.ModelProto:
    """Token ids (n, s) int64 -> sentence embeddings (n, 384), unit length.

    Parameters
    ----------
    network : Network
    seen : sequence of arrays
        ``ranges``.
    """
    b = Builder()
    scale = np.abs(network.table).max(1, keepdims=True) / 127
    b.constant("table", np.round(network.table / scale).astype(np.int8))
    b.constant("table.scale", scale.astype(np.float32))
    b.constant("positions", network.positions.astype(np.float32)[:128])
    for name, value in (("zero", [0]), ("one", [1]), ("two", [2])):
        b.constant(name, np.array(value, np.int64))
    length = b.add("Slice", [b.add("Shape", ["ids"], "shape"), "one", "two", "zero"], "length")
    words = b.add("Cast", [b.add("Gather", ["table", "ids"], "rows")], "rows.float", to=TensorProto.FLOAT)
    words = b.add("Mul", [words, b.add("Gather", ["table.scale", "ids"], "rows.scale")], "words")
    places = b.add("Slice", ["positions", "zero", length, "zero"], "places")
    x = _norm(b, network, 0, b.add("Add", [words, places], "embedded"))
    for i in range(len(network.linears) // 4):
        x = _layer(b, network, seen, i, x)
    mean = b.add("ReduceMean", [x, "one"], "mean", keepdims=0)
    size = b.add("ReduceL2", [mean, "one"], "size", keepdims=1)
    b.add("Div", [mean, size], "out")
    graph = helper.make_graph(
        b.nodes,
        "minilm",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", "s"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", network.table.shape[1]])],
        b.tensors,
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="earwitness")
    model.ir_version = 9
    return model


def _layer(b: Builder, network: Network, seen: Sequence[Array], i: int, x: str) -> str:
    qkv, out, up, down = network.linears[4 * i : 4 * i + 4]
    at = f"{i}."
    heard = _linear(b, f"{at}qkv", x, qkv, seen[4 * i])
    q, k, v = b.split(heard, [f"{at}{n}" for n in ("q", "k", "v")], num_outputs=3)
    y = b.add("MultiHeadAttention", [q, k, v], f"{at}attended", domain=MICROSOFT, num_heads=network.heads)
    x = _norm(b, network, 2 * i + 1, _linear(b, f"{at}out", y, out, seen[4 * i + 1]), x)
    # the channels that reach furthest are put last, and stay as they are
    order = np.argsort(seen[4 * i + 3][HIGH], kind="stable")
    hidden = Linear(up.weight[:, order], up.bias[order])
    y = b.add("Gelu", [_linear(b, f"{at}up", x, hidden, seen[4 * i + 2])], f"{at}gelu")
    many, few = order[:-FEW], order[-FEW:]
    b.constant(f"{at}sizes", np.array([len(many), len(few)], np.int64))
    y, rest = b.split(y, [f"{at}many", f"{at}few"], sizes=f"{at}sizes")
    # gelu's numbers crowd at zero, so zero is what they are measured from
    low, high, _ = seen[4 * i + 3][:, many]
    y = _linear(b, f"{at}down", y, Linear(down.weight[many], down.bias), np.stack([low, high, 0 * low]))
    exact = b.add("MatMul", [rest, b.constant(f"{at}down.few", down.weight[few])], f"{at}exact")
    return _norm(b, network, 2 * i + 2, b.add("Add", [y, exact], f"{at}added"), x)


def _norm(b: Builder, network: Network, i: int, x: str, skip: str | None = None) -> str:
    names = [
        b.constant(f"norm{i}.{n}", v.astype(np.float32)) for n, v in zip("wb", network.norms[i], strict=True)
    ]
    if skip is not None:
        # two plain nodes: the one that joins them takes several times as long
        x = b.add("Add", [x, skip], f"joined{i}")
    return b.add("LayerNormalization", [x, *names], f"normed{i}", epsilon=network.epsilon)


def _linear(b: Builder, name: str, x: str, layer: Linear, seen: Array) -> str:
    """x @ weight + bias, rounded to int8 on both sides."""
    low, high, mean = seen
    reach = np.maximum(np.maximum(high - mean, mean - low), 1e-5)
    even = reach**BALANCE / np.maximum(np.abs(layer.weight).max(1), 1e-5) ** (1 - BALANCE)
    weight = layer.weight * even[:, None]
    least, most = ((low - mean) / even).min(), ((high - mean) / even).max()
    step = np.float32((most - least) / 255)
    columns = (np.abs(weight).max(0) / WEIGHT_MOST).astype(np.float32)
    for part, value in {
        "even": (1 / even).astype(np.float32),
        "step": step,
        "zero": np.array(round(-least / step), np.uint8),
        "weight": np.round(weight / columns).astype(np.int8),
        "columns": columns,
        "bias": (layer.bias + mean @ layer.weight).astype(np.float32),
    }.items():
        b.constant(f"{name}.{part}", value)
    x = b.add("Mul", [x, f"{name}.even"], f"{name}.evened")
    if mean.any():
        x = b.add(
            "Sub", [x, b.constant(f"{name}.middle", (mean / even).astype(np.float32))], f"{name}.centred"
        )
    rounded = b.add("QuantizeLinear", [x, f"{name}.step", f"{name}.zero"], f"{name}.rounded")
    parts = (rounded, *(f"{name}.{p}" for p in ("weight", "step", "columns", "zero")), "", f"{name}.bias")
    return b.add("MatMulIntegerToFloat", parts, f"{name}.out", domain=MICROSOFT)
