from pathlib import Path

import pytest

from intents import vectors
from intents.vectors import DIMENSIONS, MAX_PIECES, ModelError, SentenceModel, WordPieces, load

PIECES = Path(vectors.__file__).parent / "languages" / "en" / "wordpieces.txt"
WORDS = WordPieces(PIECES.read_text(encoding="utf-8").split("\n"))
MODEL = load(PIECES)
needs_model = pytest.mark.skipif(MODEL is None, reason="the extra `understand` is not installed")


@pytest.mark.parametrize(
    ("text", "numbers"),
    # As the tokeniser that belongs to the model cuts them.
    [
        ("", [101, 102]),
        ("Knees to chest!", [101, 5042, 2000, 3108, 999, 102]),
        ("caf\u00e9 na\u00efve", [101, 7668, 15743, 102]),
        ("unrockable", [101, 4895, 16901, 3085, 102]),
        ("a" * 300, [101, 100, 102]),
    ],
)
def test_words_are_cut_as_the_model_learned_them(text: str, numbers: list[int]) -> None:
    assert WORDS.numbers(text) == numbers


def test_a_long_text_is_read_from_its_beginning() -> None:
    assert len(WORDS.numbers("knee " * 100_000)) == MAX_PIECES


@needs_model
def test_what_means_nearly_the_same_points_nearly_the_same_way() -> None:
    assert MODEL is not None
    rows = MODEL.vectors(
        ["rock my knees from side to side", "let my legs sway left and right", "who won the cup"]
    )
    assert rows.shape == (3, DIMENSIONS)
    near = rows @ rows.T
    assert near[0, 0] == pytest.approx(1, abs=1e-5)
    assert near[0, 1] > near[0, 2] + 0.2


@needs_model
def test_another_model_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.onnx"
    other.write_bytes(b"another")
    with pytest.raises(ModelError, match="another model"):
        SentenceModel(other, PIECES).vectors(["a"])
