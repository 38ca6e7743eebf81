"""The contract that every voice keeps; whoever adds one adds it to `BUILDERS`."""

import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from audio.engines import ENGINES, Abilities, Engine, make_engine
from audio.engines.embedded import EmbeddedEngine
from audio.engines.google import GoogleEngine
from audio.engines.silent import SilentEngine
from audio.errors import EngineError
from audio.mastering import loudness_lufs, trim
from audio.mp3 import SAMPLE_RATE_HZ
from audio.timeline import MS_PER_SENTENCE, ends_sentence, speech_ms
from intents.checks import texts
from intents.content import Content
from tests.audio.google import Google, running, speaks
from tests.audio.sound import mp3_of, tone

SHORT, LONG = "Rest.", "Let your knees rock, small and lazy. Breathe out as they come in."


def _answers_with_a_tone(request: BaseHTTPRequestHandler, text: str) -> None:
    speaks(mp3_of(tone(len(text) / 15)))(request, text)


BUILDERS: dict[str, Callable[[Google], Engine]] = {
    "embedded": lambda _: EmbeddedEngine(),
    "gtts": lambda google: GoogleEngine(endpoint=google.endpoint, pause=lambda _: None),
    "silent": lambda _: SilentEngine(),
}


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with running() as service, pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        service.answers = [_answers_with_a_tone]
        yield service


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, google: Google) -> Engine:
    return BUILDERS[request.param](google)


def test_an_engine_gives_mono_sound_that_grows_with_the_text(engine: Engine) -> None:
    short, long = engine.say(SHORT), engine.say(LONG)
    for samples in (short, long):
        assert (samples.dtype.name, samples.ndim) == ("float32", 1)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1.0
    assert 0.2 * SAMPLE_RATE_HZ < len(short) < len(long) < 15 * SAMPLE_RATE_HZ
    assert (loudness_lufs(long) > -60) == engine.abilities.audible


def test_an_engine_says_the_same_the_same_way(engine: Engine) -> None:
    assert np.array_equal(engine.say(SHORT), engine.say(SHORT))


def test_an_engine_keeps_to_the_rates_that_it_declares(engine: Engine) -> None:
    slowest, fastest = engine.abilities.rates
    assert slowest <= 1.0 <= fastest
    if slowest < fastest:
        assert len(engine.say(LONG, slowest)) > len(engine.say(LONG)) > len(engine.say(LONG, fastest))
    for rate in (slowest - 0.01, fastest + 0.01):
        with pytest.raises(EngineError, match="has no rate"):
            engine.say(SHORT, rate)


@pytest.mark.parametrize("text", ["", "  ", "...", "?!", "\N{SLIGHTLY SMILING FACE}"])
def test_an_engine_refuses_a_text_without_words(engine: Engine, text: str) -> None:
    with pytest.raises(EngineError, match="nothing to say"):
        engine.say(text)


def test_an_engine_names_itself_and_its_voice(engine: Engine) -> None:
    abilities = engine.abilities
    assert ENGINES[abilities.name] == (type(engine).__module__, type(engine).__name__)
    assert abilities.version
    assert abilities.identity(1.0) != abilities.identity(0.9)
    assert abilities.name in abilities.identity(1.0)


@pytest.mark.parametrize("name", ["embedded", "gtts"])
def test_an_engine_refuses_a_locale_that_it_does_not_speak(name: str) -> None:
    with pytest.raises(EngineError, match=r"no voice for 'de-DE'"):
        make_engine(name, "de-DE")


def test_there_is_no_other_engine() -> None:
    assert BUILDERS.keys() == ENGINES.keys()
    with pytest.raises(EngineError, match="no engine 'alexa'; must be one of embedded, gtts, silent"):
        make_engine("alexa", "en-US")


def test_an_accent_is_a_voice_of_its_own() -> None:
    british, american = (make_engine("gtts", locale).abilities for locale in ("en-GB", "en-US"))
    assert british.identity(1) != american.identity(1)


def test_without_the_extra_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "audio.engines.embedded")
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(EngineError, match=r"hibari is missing; install the extra: gentle-back\[render\]"):
        make_engine("embedded", "en-US")


@pytest.mark.parametrize("silence", [np.zeros(0), np.zeros(9_000), np.full(9_000, 1e-5)], ids=len)
def test_an_audible_engine_that_gives_no_sound_is_an_error(silence: np.ndarray) -> None:
    class Mute(Engine):
        abilities = Abilities(name="mute", version="1", voice="none", rates=(1, 1))

        def _speak(self, text: str, rate: float) -> np.ndarray:
            return silence

    with pytest.raises(EngineError, match=r"mute: no sound came for 'Rest\.'"):
        Mute().say(SHORT)


def test_a_model_that_fails_is_an_engine_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EmbeddedEngine()

    def breaks(*_: object, **__: object) -> Iterator[np.ndarray]:
        raise RuntimeError("onnxruntime")

    monkeypatch.setattr(engine._hibari, "stream", breaks)
    with pytest.raises(EngineError, match="embedded: RuntimeError while speaking"):
        engine.say(SHORT)


def test_the_embedded_voice_takes_as_long_as_the_plan_estimates(content: Content) -> None:
    """Within 15 % in all, for everything that files say: what page lengths are computed from."""
    engine = EmbeddedEngine()
    words = content.language("en-US")
    said = [
        text
        for file, key, text in texts(words)
        if file == "moves.toml" or (file == "exercises.toml" and ".cues." in key)
    ]
    spoken_ms = sum(
        len(trim(engine.say(text))) * 1000 / SAMPLE_RATE_HZ + MS_PER_SENTENCE * ends_sentence(text)
        for text in said
    )
    assert spoken_ms == pytest.approx(sum(map(speech_ms, said)), rel=0.15)
