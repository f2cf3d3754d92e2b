"""A causal language model that is read step by step, fanned out to candidates, and nudged with gradients.

>>> model = load_language_model("gpt2")                                    # doctest: +SKIP
>>> state = model.prompt_tokens([model.begin("This is a sound of")])       # doctest: +SKIP
>>> candidates = state.logits.topk(45).indices                             # doctest: +SKIP
>>> wide = model.fan_out(state, candidates)       # 45 rows, one step      # doctest: +SKIP
>>> state = wide.select([7])                      # keep one, no new step  # doctest: +SKIP
"""

from __future__ import annotations

import inspect
import math
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from earwitness.common.counting import counted
from earwitness.common.errors import OptionError
from earwitness.encoders.pretrained.kvcache import past_of
from earwitness.language.narrow import narrowed_head
from earwitness.language.rows import longest_within, side_by_side
from earwitness.language.shared import attending, cache_after, prepare
from earwitness.language.state import Beginnings, LanguageState

if TYPE_CHECKING:
    import torch

    from earwitness.encoders.pretrained.kvcache import Past
    from earwitness.language.layer_move import LayerMove


# Of the tokens that were added to a tokenizer's words: not all that stand for no text are called special.
MARKUP = re.compile(r"<[^<>\s]+>|\[[^\[\]\s]+\]")
# Common beginnings remembered: a method has one for each kind of its prompts, tens of megabytes each.
KEPT = 8


class LanguageModel:
    """One of transformers' causal models (GPT-2, OPT, Llama, Qwen, ...), frozen, with its tokenizer.

    Parameters
    ----------
    model : a transformers causal model
    tokenizer : its tokenizer
    name : str
        The name it was loaded by.
    choices : sequence of tokens, optional
        What the columns of its logits stand for, where these are not all of its tokens (``narrowed``).
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, choices: Sequence[int] | None = None) -> None:
        self.name = name
        self._choices = None if choices is None else list(choices)
        self._columns = {token: column for column, token in enumerate(choices or ())}
        self.tokenizer = tokenizer
        self._model = model.eval().requires_grad_(False)
        self._kept: OrderedDict[tuple[int, ...], LanguageState] = OrderedDict()
        self._takes_positions = "position_ids" in inspect.signature(model.forward).parameters
        self.shares = prepare(model)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        device: torch.device = self._model.device
        return device

    @property
    def vocabulary(self) -> int:
        """Tokens it chooses from: the width of its logits."""
        if self._choices is not None:
            return len(self._choices)
        return int(self._model.get_output_embeddings().weight.shape[0])

    @property
    def window(self) -> float:
        """How many tokens back every layer looks."""
        back = getattr(self._model.config.get_text_config(decoder=True), "sliding_window", None)
        return float(back) if back else math.inf

    def narrowed(self, tokens: Sequence[int]) -> LanguageModel:
        """The same model choosing among some tokens alone, quicker by what is left out of its last layer.

        Its logits have a column for each of them, in ascending order; probabilities are among them. What it
        reads may be any token. The model itself stays as it is, and both share their weights.

        Raises
        ------
        OptionError
            There is no token, or one that the model does not choose from.
        """
        kept = sorted(set(tokens))
        columns = self.columns_of(kept)
        if not kept or len(columns) < len(kept):
            raise OptionError(f"a language model is narrowed to some of its {self.vocabulary} tokens.")
        return LanguageModel(narrowed_head(self._model, columns), self.tokenizer, self.name, kept)

    def tokens_at(self, columns: Sequence[int]) -> list[int]:
        """The tokens that columns of the logits stand for."""
        return list(columns) if self._choices is None else [self._choices[column] for column in columns]

    def columns_of(self, tokens: Iterable[int]) -> list[int]:
        """The columns of the logits that stand for some tokens; those without one are left out."""
        if self._choices is None:
            return [token for token in tokens if 0 <= token < self.vocabulary]
        return [self._columns[token] for token in tokens if token in self._columns]

    @property
    def end_tokens(self) -> frozenset[int]:
        """The tokens that end a text."""
        ends = self._model.config.get_text_config(decoder=True).eos_token_id
        ends = ends if isinstance(ends, list) else [ends, self.tokenizer.eos_token_id]
        return frozenset(int(end) for end in ends if end is not None)

    @cached_property
    def unwritten_tokens(self) -> list[int]:
        """The tokens that neither stand for words nor end a text, ascending: marks of pictures, unused ones.

        Those that the model does not choose from are among them: ``columns_of`` leaves them out.
        """
        added = self.tokenizer.added_tokens_decoder.items()
        apart = {int(token) for token, about in added if about.special or MARKUP.fullmatch(about.content)}
        return sorted(apart - self.end_tokens)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """The tokens of a text, without special ones unless asked for."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=special)["input_ids"]
        return ids

    def decode(self, tokens: Sequence[int] | torch.Tensor) -> str:
        """The text of a row of tokens, without special ones, spaces as they are."""
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def prompt_tokens(
        self, rows: Sequence[Sequence[int]], commons: Sequence[Sequence[int]] = ()
    ) -> LanguageState:
        """Read rows of tokens side by side; shorter ones are padded at their beginning, unread.

        Parameters
        ----------
        rows : sequence of token rows
        commons : sequence of token rows
            What rows begin with, such as a prompt's examples: each read once, alone, and remembered. A row
            goes on from the longest of them that it begins with; where one has none, all are read whole.
        """
        if not rows or not all(len(row) for row in rows):
            raise OptionError("a prompt has at least one row, and a row at least one token.")
        begun = [longest_within(row[:-1], commons) for row in rows]
        if not all(begun):
            return self._read(*side_by_side(rows, self.device))
        kinds = list(dict.fromkeys(begun))
        rests = [row[len(common) :] for row, common in zip(rows, begun, strict=True)]
        return self.go_on([self.begun(kind) for kind in kinds], [kinds.index(b) for b in begun], rests)

    def begun(self, tokens: Sequence[int]) -> LanguageState:
        """The state after a common beginning; the last ones asked for are kept."""
        key = tuple(tokens)
        if key not in self._kept:
            self._kept[key] = self._read(*side_by_side([key], self.device))
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def go_on(
        self, beginnings: Sequence[LanguageState], of: Sequence[int], rests: Sequence[Sequence[int]]
    ) -> LanguageState:
        """Read rows that go on from beginnings, which are kept once.

        Parameters
        ----------
        beginnings : states of one row each, with nothing shared and no padding
        of : (b,) the place of each row's beginning among them
        rests : (b,) rows of tokens, none empty
        """
        sizes = {(beginnings[i].length, len(rest)) for i, rest in zip(of, rests, strict=True)}
        places = max(begun for begun, _ in sizes) + max(own for _, own in sizes)
        if places > self.window and len(sizes) > 1:
            # a window of attention counts padding within a row as if it were read
            begun = [beginnings[i].tokens[0].tolist() for i in of]
            whole = [[*b, *rest] for b, rest in zip(begun, rests, strict=True)]
            return self._read(*side_by_side(whole, self.device))
        state = Beginnings(tuple(beginnings), tuple(of)).begun()
        return self.advance_rows(state if self.shares else state.flat(), rests)

    def advance(
        self,
        state: LanguageState,
        tokens: torch.Tensor | Sequence[int],
        rows: Sequence[int] | torch.Tensor | None = None,
    ) -> LanguageState:
        """Read on: one more token in each row (b,), or several (b, m).

        With ``rows``, (b,), after these rows of the state: as after ``state.select(rows)``, without a copy.
        """
        import torch

        more = torch.as_tensor(tokens, device=self.device)
        more = more.unsqueeze(1) if more.ndim == 1 else more
        after = None if rows is None else torch.as_tensor(rows, device=self.device)
        count = len(state) if after is None else len(after)
        if more.shape[:1] != (count,) or not more.numel():
            raise OptionError(
                f"a state of {counted(count, 'row')} reads on with tokens of shape ({count},)"
                f" or ({count}, m), not {tuple(more.shape)}."
            )
        return self._read(more, None, state, after)

    def advance_rows(self, state: LanguageState, rows: Sequence[Sequence[int]]) -> LanguageState:
        """Read on: any number of tokens in each row, at least one; shorter ones are padded before them."""

        if len(rows) != len(state) or not all(len(row) for row in rows):
            read = counted(len(state), "row reads", "rows read")
            raise OptionError(f"{read} on with as many rows of tokens, none empty.")
        return self._read(*side_by_side(rows, self.device), state)

    def fan_out(self, state: LanguageState, candidates: torch.Tensor) -> LanguageState:
        """Read k candidates after each row in one step: (b, k) tokens -> b·k rows, each row's together."""
        import torch

        candidates = torch.as_tensor(candidates, device=self.device)
        if candidates.ndim != 2 or len(candidates) != len(state):
            raise OptionError(
                f"a state of {counted(len(state), 'row')} is fanned out with tokens of shape "
                f"({len(state)}, k), not {tuple(candidates.shape)}."
            )
        k = candidates.shape[1]
        rows = torch.arange(len(state), device=self.device).repeat_interleave(k)
        return self._read(candidates.reshape(-1, 1), None, state, rows)

    def _read(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor | None,
        before: LanguageState | None = None,
        rows: torch.Tensor | None = None,
    ) -> LanguageState:
        """Read tokens (b, m), those of ``mask`` or all, after what a state or some of its rows have read."""
        import torch

        mask = torch.ones_like(tokens, dtype=torch.bool) if mask is None else mask
        past, shared = (() if before is None else before.past), None
        if before is not None:
            if before.length + tokens.shape[1] > self.window and not bool(before.mask.all()):
                before = before.flat()  # within the window lies what is read, and no padding
                past = before.past
            # keys and values are taken from their rows where they are copied anyway
            before = before if rows is None else before.select(rows, past=False)
            mask, shared = torch.cat([before.mask, mask], dim=1), before.shared
        with torch.no_grad():
            output = self.forward(tokens, mask, past, shared, rows=rows)
        hidden = output.hidden_states[-1].float() * mask[:, -tokens.shape[1] :, None]
        if before is not None:
            tokens = torch.cat([before.tokens, tokens], dim=1)
            hidden = torch.cat([before.own_hidden, hidden], dim=1)
        new = past_of(getattr(output, "past_key_values", None), self.name)
        return LanguageState(tokens, mask, output.logits[:, -1].float(), hidden, new, shared)

    def forward(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor,
        past: Past,
        shared: Beginnings | None = None,
        moves: Mapping[int, LayerMove] | None = None,
        rows: torch.Tensor | None = None,
    ) -> Any:
        """One pass of the transformers model over tokens (b, m) that follow a cache: its own output.

        With ``rows`` (b,) they follow these rows of it.
        """
        count = tokens.shape[1]
        options: dict[str, Any] = {}
        if not bool(mask.all()):
            options["attention_mask"] = mask.long()
        if self._takes_positions:
            options["position_ids"] = (mask.long().cumsum(1) - 1).clamp_min(0)[:, -count:]
        with attending(shared, moves):
            return self._model(
                input_ids=tokens,
                past_key_values=cache_after(shared, past, rows),
                use_cache=True,
                output_hidden_states=True,
                logits_to_keep=1,
                **options,
            )

    def begin(self, text: str) -> list[int]:
        """The tokens of a text that stands first, with the special ones the model begins a text with.

        An empty text is the model's beginning (or else end) marker alone.

        Raises
        ------
        OptionError
            The text is empty, and the model has neither marker.
        """
        tokens = self.encode(text, special=True)
        if tokens:
            return tokens
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return [int(token)]
        raise OptionError(f"the language model {self.name} has no token to begin with; give it a prompt.")
