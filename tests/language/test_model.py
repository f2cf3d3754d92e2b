"""Steps through the cache equal the whole text read again, for each kind of model the methods use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from earwitness.common.errors import AssetError, OptionError
from earwitness.language import LanguageModel, LanguageState, load_language_model
from earwitness.language.families import read_families
from earwitness.language.moves import CopiedMoves, moves_of

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import encoders_language as plain
from tests.reference import encoders_tiny as tiny
from tests.reference.language import read

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 400}
KINDS = {
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 400, "n_positions": 64},
    "OPT": {**SMALL, "ffn_dim": 48, "max_position_embeddings": 64, "word_embed_proj_dim": 16},
    "Llama": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48},
    "Qwen2": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48},
    "Qwen3": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48, "head_dim": 8},
    "Gemma3Text": {
        **SMALL,
        "num_key_value_heads": 1,
        "intermediate_size": 48,
        "head_dim": 8,
        "sliding_window": 4,
        "layer_types": ["sliding_attention", "full_attention"],
    },
    "Mistral": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48, "sliding_window": 4},
}


@pytest.fixture(scope="module", params=list(KINDS))
def model(request: Any, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    import transformers

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp(request.param)
    config = getattr(transformers, f"{request.param}Config")(**KINDS[request.param])
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(folder)
    tiny.bpe_tokenizer(folder)
    return load_language_model(str(folder))


def check(model: LanguageModel, state: LanguageState, row: int, tokens: list[int]) -> None:
    """One row of a state, padding left out, against the whole text read again."""
    logits, hidden = plain.read(model._model, tokens)
    kept = state.mask[row]
    assert state.tokens[row][kept].tolist() == tokens
    torch.testing.assert_close(state.logits[row], logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(state.hidden[row][kept], hidden, atol=1e-5, rtol=1e-4)
    assert not state.hidden[row][~kept].any()


def test_prompt_and_advance(model: LanguageModel) -> None:
    tokens = model.encode("This is a sound of")
    state = read(model, "This is a sound of")
    check(model, state, 0, tokens)
    for token in (5, 300, 17):
        tokens = [*tokens, token]
        state = model.advance(state, [token])
        check(model, state, 0, tokens)
    state = model.advance(state, torch.tensor([[4, 5, 6]]))
    check(model, state, 0, [*tokens, 4, 5, 6])


def test_prompts_of_different_lengths_do_not_disturb_each_other(model: LanguageModel) -> None:
    texts = ["rain", "This is a sound of a raining day", "a dog"]
    rows = [model.encode(text) for text in texts]
    state = read(model, texts)
    assert len(state) == 3 and state.length == max(map(len, rows))
    for _ in range(3):
        for i, row in enumerate(rows):
            check(model, state, i, row)
        rows = [[*row, 7 + i] for i, row in enumerate(rows)]
        state = model.advance(state, torch.tensor([7, 8, 9]))


def test_a_common_beginning_is_read_once(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = model.encode("This is a sound of rain and this is a sound of")
    rows = [[*begin, *model.encode(end)] for end in (" rain", " a dog that barks", " it")]
    widths: list[int] = []
    forward = LanguageModel.forward
    monkeypatch.setattr(
        LanguageModel,
        "forward",
        lambda m, t, *rest, **more: widths.append(t.numel()) or forward(m, t, *rest, **more),
    )
    state = model.prompt_tokens(rows, [begin])
    assert widths[0] == len(begin)
    again = model.prompt_tokens(rows[:1], [begin])
    assert len(widths) == 3  # the beginning, the rows, the row again
    check(model, again, 0, rows[0])
    for step in range(3):
        for i, row in enumerate(rows):
            check(model, state, i, row)
        rows = [[*row, 7 + step] for row in rows]
        state = model.advance(state, [7 + step] * 3)
    # a row that begins otherwise, or does not go on, is read whole all the same
    for odd in ([[5, *rows[0]], rows[1]], [begin, rows[1]]):
        state = model.prompt_tokens(odd, [begin])
        for i, row in enumerate(odd):
            check(model, state, i, row)


def test_what_rows_share_is_kept_once(model: LanguageModel) -> None:
    begin = model.encode("rain")
    rows = [[*begin, *model.encode(end)] for end in (" falls", " on a roof", " it")]
    # a window of four tokens holds rows of one length alone
    rows = [row[: min(map(len, rows))] for row in rows] if model.window < 9 else rows
    state = model.prompt_tokens(rows, [begin])
    assert state.shared is not None and len(state.shared.states) == 1
    assert state.past[0][0].shape[-2] == state.own_hidden.shape[1] == state.length - len(begin)
    flat = state.flat()
    assert not flat.shared and flat.past[0][0].shape[-2] == state.length and flat.flat() is flat
    wide = model.fan_out(state, torch.tensor([[3, 4], [5, 6], [7, 8]]))
    for i, row in enumerate(rows):
        check(model, flat, i, row)
        check(model, model.advance(flat, [9, 9, 9]), i, [*row, 9])
        check(model, model.advance(state.select([i]), torch.tensor([[3, 4, 5]])), 0, [*row, 3, 4, 5])
        check(model, wide, 2 * i + 1, [*row, [4, 6, 8][i]])


def test_padding_behind_what_is_shared_never_lies_in_a_window(model: LanguageModel) -> None:
    begin, ends = [5, 6], [[7], [8, 9]]
    if model.window > 4:
        pytest.skip("looks back without end")
    rows = [[*begin, *end] for end in ends]
    state = model.prompt_tokens(rows, [begin])
    assert state.shared
    for token in (10, 11, 12):
        rows = [[*row, token] for row in rows]
        state = model.advance(state, [token, token])
        assert not state.shared
        for i, row in enumerate(rows):
            check(model, state, i, row)


def test_a_model_that_does_more_to_its_scores_shares_nothing(tmp_path: Path) -> None:
    import transformers

    config = transformers.Gemma2Config(
        **SMALL, num_key_value_heads=1, intermediate_size=48, head_dim=8, sliding_window=64
    )
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(tmp_path)
    tiny.bpe_tokenizer(tmp_path)
    model = load_language_model(str(tmp_path))
    rows = [[5, 6, 7], [5, 6, 8, 9]]
    state = model.prompt_tokens(rows, [[5, 6]])
    assert not state.shared
    for i, row in enumerate(rows):
        check(model, model.advance(state, [3, 4]), i, [*row, 3 + i])


def test_fan_out_and_select(model: LanguageModel) -> None:
    rows = [model.encode("rain falls"), model.encode("a dog barks and")]
    state = model.prompt_tokens(rows)
    candidates = state.logits.topk(5).indices
    wide = model.fan_out(state, candidates)
    assert len(wide) == 10
    for i, row in enumerate(rows):
        for j in range(5):
            check(model, wide, 5 * i + j, [*row, int(candidates[i, j])])
    kept = wide.select([3, 7])
    check(model, kept, 0, [*rows[0], int(candidates[0, 3])])
    check(model, kept, 1, [*rows[1], int(candidates[1, 2])])
    check(model, model.advance(kept, [1, 2]), 1, [*rows[1], int(candidates[1, 2]), 2])
    for later in (
        model.advance(wide, [1, 2, 3], [7, 3, 7]),
        model.advance(wide.select([7, 3, 7]), [1, 2, 3]),
    ):
        check(model, later, 0, [*rows[1], int(candidates[1, 2]), 1])
        check(model, later, 1, [*rows[0], int(candidates[0, 3]), 2])
        check(model, later, 2, [*rows[1], int(candidates[1, 2]), 3])
    check(model, wide, 7, [*rows[1], int(candidates[1, 2])])  # and the state is what it was


def test_a_state_never_changes(model: LanguageModel) -> None:
    state = read(model, "a dog barks")
    before = [t.clone() for pair in state.past for t in pair] + [state.hidden.clone(), state.logits.clone()]
    model.advance(model.fan_out(state, state.logits.topk(3).indices), [1, 2, 3])
    for moves in (moves_of(model, state), CopiedMoves(model, state)):
        moves.step(moves.logits().sum(), 0.3, 0.9)
    after = [t for pair in state.past for t in pair] + [state.hidden, state.logits]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not any(p.requires_grad or p.grad is not None for p in model._model.parameters())


def test_an_empty_prompt_is_the_beginning(model: LanguageModel) -> None:
    state = read(model, "")
    check(model, state, 0, [model.tokenizer.bos_token_id])
    with pytest.raises(OptionError, match="it has only one"):
        moves_of(model, state)


def test_text_survives_the_round_trip(model: LanguageModel) -> None:
    for text in ("a dog", " a dog barks, twice !", "  two"):
        assert model.decode(model.encode(text)) == text
    assert model.vocabulary == 400 and model.tokenizer.eos_token_id in model.end_tokens


def test_wrong_shapes_are_refused(model: LanguageModel) -> None:
    state = read(model, ["a dog", "rain"])
    with pytest.raises(OptionError, match="reads on with tokens of shape"):
        model.advance(state, [1])
    with pytest.raises(OptionError, match="is fanned out with tokens of shape"):
        model.fan_out(state, torch.ones(3, 4, dtype=torch.long))
    with pytest.raises(OptionError, match="at least one row"):
        read(model, [])


def test_half_precision_still_answers_in_float32(model: LanguageModel) -> None:
    folder = model.name
    state = read(load_language_model(folder, dtype="bfloat16"), "a dog")
    assert state.logits.dtype == state.hidden.dtype == torch.float32
    with pytest.raises(OptionError, match="computes in float32, bfloat16, float16, not 'int8'"):
        load_language_model(folder, dtype="int8")


def test_a_model_without_keys_and_values_is_refused(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, MambaConfig

    config = MambaConfig(hidden_size=16, num_hidden_layers=1, vocab_size=400, state_size=4)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tiny.bpe_tokenizer(tmp_path)
    with pytest.raises(OptionError, match="cannot be guided"):
        read(load_language_model(str(tmp_path)), "a dog")


def test_a_name_that_is_none() -> None:
    with pytest.raises(AssetError, match="cannot be loaded from the hub"):
        load_language_model("no-such/model")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./no/such", "there is no folder ./no/such"),
        ("/no/such/folder", "there is no folder /no/such/folder"),
        ("~/no such folder", "there is no folder ~/no such folder"),
        ("models/gtp2", "there is no folder models/gtp2"),
        ("models", "the folder models holds no language model"),
        ("models/a.gguf", "models/a.gguf is a file"),
    ],
)
def test_a_folder_that_is_none_is_called_so(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.gguf").touch()
    with pytest.raises(AssetError, match=re.escape(message)):
        load_language_model(name)


def test_smollm2_is_not_fetched_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path))
    with pytest.raises(AssetError, match="run: earwitness models get smollm2"):
        load_language_model("smollm2")
    assert not list(tmp_path.iterdir())


def test_a_narrowed_model_chooses_among_some_tokens_as_the_whole_one_does(model: LanguageModel) -> None:
    tokens = [*range(7, 300, 11), 3]
    narrow, rows = model.narrowed(tokens), [[5, 9, 12, 30], [8, 2]]
    kept = sorted(tokens)
    assert narrow.vocabulary == len(kept) and narrow.tokens_at([0, 1]) == kept[:2]
    assert narrow.columns_of([kept[4], 4, kept[0]]) == [4, 0]  # 4 is none of its choices
    assert not set(narrow.unwritten_tokens) & narrow.end_tokens
    whole, some = model.prompt_tokens(rows), narrow.prompt_tokens(rows)
    torch.testing.assert_close(some.logits, whole.logits[:, kept], atol=1e-5, rtol=1e-5)
    later, rest = model.advance(whole, [6, 7]), narrow.advance(some, [6, 7])  # 6 and 7 can be read
    torch.testing.assert_close(rest.logits, later.logits[:, kept], atol=1e-5, rtol=1e-5)
    moves, same = moves_of(model, later), moves_of(narrow, rest)
    for some, columns in ((moves, kept), (same, list(range(len(kept))))):
        some.step(some.logits()[:, columns].log_softmax(1)[:, 0].sum(), 0.3, 0.9)
    torch.testing.assert_close(same.logits(), moves.logits()[:, kept], atol=1e-5, rtol=1e-5)
    assert model.prompt_tokens(rows).logits.shape[1] == model.vocabulary == 400  # the model is what it was
    with pytest.raises(OptionError, match="some of its 400 tokens"):
        model.narrowed([])
    with pytest.raises(OptionError, match="some of its"):
        narrow.narrowed([4])


@pytest.mark.parametrize("commons", [[], [[3, 4]], [[3], [3, 4, 11]]])
def test_what_a_family_of_rows_begins_with_is_read_once(
    model: LanguageModel, commons: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = [3, 4, 11, 12, 13, 14], [3, 4, 21, 22, 23]
    rows = [[*one, 30], [*one, 31, 32, 33], [*other, 41, 42], [*other, 43], [*one, 34]]
    read: list[int] = []
    forward = model.forward
    monkeypatch.setattr(
        model, "forward", lambda t, *rest, **more: (read.append(t.numel()), forward(t, *rest, **more))[1]
    )
    state = read_families(model, rows, [0, 0, 1, 1, 0], commons)
    for i, row in enumerate(rows):
        check(model, state, i, row)
    if model.window > 10:  # where attention has a short window, every row is read whole
        assert sum(read) < sum(map(len, rows))
    later = model.advance(state, [50] * 5)
    for i, row in enumerate(rows):
        check(model, later, i, [*row, 50])


def test_a_long_row_among_short_ones_is_no_padding_for_them(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sound with a single keyword has: one prompt after captions of its own, beside those of others."""
    if model.window < 10:
        pytest.skip("where attention has a short window, every row is read whole")
    commons = [[3, 4, 5, 6, 7, 8], [3, 4, 5]]
    long = [*commons[1], *range(100, 126), 9]
    rows = [[*commons[0], 20 + i, 30] for i in range(6)] + [long]
    for common in commons:
        model.begun(common)
    read: list[int] = []
    forward = model.forward
    monkeypatch.setattr(
        model, "forward", lambda t, *rest, **more: (read.append(t.numel()), forward(t, *rest, **more))[1]
    )
    state = read_families(model, rows, list(range(7)), commons)
    assert sum(read) < 26 + 7 * 3
    later = model.advance(state, [50] * 7)
    for i, row in enumerate(rows):
        check(model, state, i, row)
        check(model, later, i, [*row, 50])


def test_rows_that_are_no_families_are_read_side_by_side(model: LanguageModel) -> None:
    rows = [[3, 4, 5], [6], [7, 8]]
    for families in ([0, 1, 2], [0, 0, 0]):
        state = read_families(model, rows, families)
        for i, row in enumerate(rows):
            check(model, state, i, row)


def test_marks_that_are_no_words_are_not_written(model: LanguageModel) -> None:
    class Tokenizer:
        """Of which one mark is called special and the others are not, as Gemma's of a picture."""

        added_tokens_decoder = {  # noqa: RUF012
            7: tiny_token("<pad>", special=True),
            8: tiny_token("<start_of_image>"),
            9: tiny_token("[multimodal]"),
            10: tiny_token("\n\n"),
            11: tiny_token("a < b"),
        }
        eos_token_id = next(iter(model.end_tokens))

    assert LanguageModel(model._model, Tokenizer(), "marked").unwritten_tokens == [7, 8, 9]


def tiny_token(content: str, special: bool = False) -> Any:
    from tokenizers import AddedToken

    return AddedToken(content, special=special)


def test_rows_read_on_by_different_numbers_of_tokens(model: LanguageModel) -> None:
    if model.window < 10:
        pytest.skip("padding within a row is for models that look back far enough")
    state = model.advance_rows(model.prompt_tokens([[3, 4, 5], [6, 7]]), [[8], [9, 10, 11]])
    check(model, state, 0, [3, 4, 5, 8])
    check(model, state, 1, [6, 7, 9, 10, 11])
    with pytest.raises(OptionError, match="none empty"):
        model.advance_rows(state, [[1], []])
