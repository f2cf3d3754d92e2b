"""The last touch on what a guided method wrote: what it leaves out is added, and told in order.

A language model writes of the keywords it was given and in the order it likes; what lasts beneath them, and
what came first, is known from a sound's moments, as ``wsac`` knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.encoders.background import Background
from earwitness.encoders.base import AudioTextEncoder, HasViews
from earwitness.methods.base import Written
from earwitness.methods.telling.also import Completer
from earwitness.methods.telling.teller import Teller, Write, retold


@dataclass(frozen=True)
class Finishing:
    """Adds to sentences and orders their parts, by an encoder that knows the moments of a sound.

    Of an encoder that does not, and of sounds that are given as one vector, sentences stay as they are.
    """

    encoder: AudioTextEncoder
    background: Background | None
    completer: Completer
    teller: Teller | None
    explain: bool

    @classmethod
    def of(
        cls,
        encoder: AudioTextEncoder,
        background: Background | None,
        *,
        also: int,
        ordered: bool,
        explain: bool,
    ) -> Finishing:
        """With at most ``also`` sounds added to a sentence, and its parts put in order where ``ordered``."""
        teller = Teller.of(encoder, background, explain) if ordered else None
        return cls(encoder, background, Completer(encoder, also), teller, explain)

    @property
    def reads_views(self) -> bool:
        """Whether there is anything to do with several vectors of a sound."""
        return self.teller is not None or (self.completer.most > 0 and isinstance(self.encoder, HasViews))

    def finished(
        self,
        written: Sequence[Written],
        vectors: Floats,
        surest: Floats | None,
        brief: npt.NDArray[np.bool_] | None,
        write: Write,
    ) -> list[Written]:
        """What was written of sounds, with what is surely heard beside it, and in the order it is heard in.

        Parameters
        ----------
        written : n results
        vectors : (n, dim), or (n, views, dim) in the order of the encoder's ``view_names``
        surest : (n, axes), optional
            How sure each of the encoder's axes is where it is surest; unless given, nothing is added.
        brief : (n,) bool, optional
            Sounds too short to have anything added.
        write : callable
            The method, for the ends of sounds that change (``Teller.told``).
        """
        whole = vectors[:, 0] if vectors.ndim == 3 else vectors
        out = list(written)
        for i, one in enumerate(written):
            if one.sentences and surest is not None and not (brief is not None and brief[i]):
                out[i] = self._completed(one, whole[i], surest[i])
        if self.teller is None or vectors.ndim == 2:
            return out
        return self.teller.told(out, vectors, surest, brief, write)

    def _completed(self, written: Written, vector: Floats, surest: Floats) -> Written:
        texts = [s.text for s in written.sentences]
        more = self.completer.completed(texts, vector, surest)
        if more == texts:
            return written
        return retold(written, more, vector, self.encoder, self.background, explain=self.explain)
