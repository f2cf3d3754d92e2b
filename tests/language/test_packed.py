"""Packed layers: torch's products and gradients, and the language model that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from earwitness.encoders.pretrained.nets.packed import PackedLinear, pack, packed
from earwitness.language import load_language_model
from tests.reference import zeraucap_tiny as tiny


def layer(bias: bool = True) -> Any:
    torch.manual_seed(0)
    return torch.nn.Linear(24, 40, bias=bias).requires_grad_(False)


needs_onednn = pytest.mark.skipif(
    not isinstance(packed(layer()), PackedLinear), reason="layers are packed on x86 with oneDNN alone"
)


@needs_onednn
@pytest.mark.parametrize("shape", [(24,), (1, 24), (5, 24), (3, 7, 24), (0, 24)])
@pytest.mark.parametrize("bias", [True, False])
def test_the_same_products(shape: tuple[int, ...], bias: bool) -> None:
    plain = layer(bias)
    rows = torch.randn(*shape)
    torch.testing.assert_close(packed(plain)(rows), plain(rows), rtol=1e-5, atol=1e-6)
    if bias:
        assert torch.equal(packed(plain).weight, plain.weight) and torch.equal(packed(plain).bias, plain.bias)
    else:
        assert packed(plain).bias is None
    wide = torch.randn(24, 6).T  # not contiguous
    torch.testing.assert_close(packed(plain)(wide), plain(wide), rtol=1e-5, atol=1e-6)


@needs_onednn
def test_the_same_gradients() -> None:
    plain, found = layer(), []
    for one in (plain, packed(plain)):
        rows = torch.linspace(-1, 1, 5 * 24).view(5, 24).requires_grad_()
        (gradient,) = torch.autograd.grad(one(rows).square().sum(), rows)
        found.append(gradient)
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)


def test_what_is_not_float32_stays_as_it_is() -> None:
    half, other = layer().to(torch.bfloat16), torch.nn.Embedding(3, 4)
    assert packed(half) is half and packed(other) is other


@needs_onednn
@pytest.mark.parametrize("kind", ["OPT", "Llama"])
def test_a_model_with_packed_layers_predicts_the_same(kind: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = tiny.language_folder(tmp_path, kind)
    plain = AutoModelForCausalLM.from_pretrained(folder).eval()
    model = load_language_model(str(folder))._model
    assert any(isinstance(m, PackedLinear) for m in model.modules())
    assert not isinstance(model.get_output_embeddings(), PackedLinear)
    tokens = torch.arange(3, 11)[None]
    with torch.no_grad():
        torch.testing.assert_close(model(tokens).logits, plain(tokens).logits, rtol=1e-4, atol=1e-5)
    assert pack(model) is model  # again changes nothing


@needs_onednn
def test_fewer_words_are_packed_too(tmp_path: Path) -> None:
    model = load_language_model(str(tiny.language_folder(tmp_path, "Llama")))
    some = model.narrowed(range(5, 25))
    assert isinstance(some._model.get_output_embeddings(), PackedLinear)
