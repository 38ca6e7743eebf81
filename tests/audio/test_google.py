"""gTTS's own code against a server of ours: how we handle answers, not that Google still gives them."""

import os
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from urllib3.exceptions import InsecureRequestWarning

from audio.engines.google import INTERVAL_S, TOP_LEVEL_DOMAINS, GoogleEngine, _Speech
from audio.errors import AudioError, EngineError
from tests.audio.google import BLOCK_PAGE, FRAME, LONG, Answer, Google, running, sends, speaks
from tests.audio.sound import mp3_of, tone


class Clock:
    """Stands still but for the pauses."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.now = 100.0

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def google() -> Iterator[Google]:
    with running() as service:
        yield service


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses(clock: Clock) -> list[float]:
    return clock.pauses


@pytest.fixture
def engine(google: Google, clock: Clock) -> GoogleEngine:
    return GoogleEngine(endpoint=google.endpoint, pause=clock.pause, now_s=lambda: clock.now)


def test_words_come_back_as_mp3(engine: GoogleEngine, google: Google, pauses: list[float]) -> None:
    assert engine.mp3("Both feet down.") == FRAME
    assert google.texts == ["Both feet down."]
    assert google.requests == [("/_/TranslateWebserverUi/data/batchexecute", "en")]
    assert pauses == []


def test_a_long_text_is_spoken_in_parts_one_after_the_other(engine: GoogleEngine, google: Google) -> None:
    google.answers = [speaks(FRAME + b"1"), speaks(FRAME + b"2")]
    assert engine.mp3(LONG) == FRAME + b"1" + FRAME + b"2"
    assert [len(text) <= 100 for text in google.texts] == [True, True]


def test_a_full_stop_after_rest_is_kept(engine: GoogleEngine, google: Google) -> None:
    engine.mp3("Knees to the chest. Feet down and rest. Relax your arms.")
    assert google.texts == ["Knees to the chest. Feet down and rest. Relax your arms."]


@pytest.mark.parametrize("audio", [FRAME, b"\xff\xfb\x90\x00", b"\xff\xe3\x18\x00", b"ID3\x04\x00" + FRAME])
def test_mp3_begins_with_a_frame_or_a_tag(engine: GoogleEngine, google: Google, audio: bytes) -> None:
    google.answers = [speaks(audio)]
    assert engine.mp3("Rest.") == audio


PASSING = [
    pytest.param([sends(b"", 429)], "status 429", id="too many"),
    pytest.param([sends(b"", 500)], "status 500", id="server error"),
    pytest.param([sends(b"", 503)], "status 503", id="unavailable"),
    pytest.param([sends(b"")], "audio for 0 of 1 parts", id="nothing at all"),
    pytest.param([sends(BLOCK_PAGE)], "audio for 0 of 1 parts", id="block page"),
    pytest.param([speaks(b"")], "something else than MP3", id="empty audio"),
    pytest.param([speaks(BLOCK_PAGE)], "something else than MP3", id="page as audio"),
    pytest.param([speaks(b"\xff")], "something else than MP3", id="half a header"),
    pytest.param([speaks(b"\xff\xf1\x50\x80")], "something else than MP3", id="AAC"),
    pytest.param([sends(b'[["wrb.fr","jQ1olc",null]]')], "status 200 without audio", id="refused in words"),
    pytest.param([sends(b'"jQ1olc","[\\"YQ\\"]"')], "cannot be read", id="broken base64"),
    pytest.param([sends(b"jQ1olc \xff")], "cannot be read", id="not UTF-8"),
]


@pytest.mark.parametrize(("answers", "said"), PASSING)
def test_what_may_pass_is_tried_again_after_growing_pauses(
    engine: GoogleEngine, google: Google, pauses: list[float], answers: list[Answer], said: str
) -> None:
    google.answers = answers
    with pytest.raises(EngineError, match=said) as caught:
        engine.mp3("Both feet down.")
    assert "attempt 3 of 3" in str(caught.value)
    assert isinstance(caught.value, AudioError)
    assert len(google.texts) == 3
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize(("answers", "said"), PASSING)
def test_the_next_attempt_may_go_well(
    engine: GoogleEngine, google: Google, pauses: list[float], answers: list[Answer], said: str
) -> None:
    assert said
    google.answers = [*answers, speaks(FRAME)]
    assert engine.mp3("Both feet down.") == FRAME
    assert pauses == [1.0]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_for_good_is_not_tried_again(
    engine: GoogleEngine, google: Google, pauses: list[float], status: int
) -> None:
    google.answers = [sends(b"", status)]
    with pytest.raises(EngineError, match=f"google: status {status}"):
        engine.mp3("Both feet down.")
    assert (len(google.texts), pauses) == (1, [])


def test_a_part_without_audio_never_goes_missing_in_silence(engine: GoogleEngine, google: Google) -> None:
    google.answers = [speaks(FRAME), sends(BLOCK_PAGE)]
    with pytest.raises(EngineError, match="audio for 0 of 2 parts"):
        engine.mp3(LONG)
    google.answers = [speaks(FRAME), sends(BLOCK_PAGE), speaks(FRAME)]
    assert engine.mp3(LONG) == FRAME * 2


def test_a_slow_server_is_left_after_the_time_limit(google: Google, pauses: list[float]) -> None:
    google.answers = [google.is_slow]
    engine = GoogleEngine(endpoint=google.endpoint, timeout_s=0.05, attempts=2, pause=pauses.append)
    with pytest.raises(EngineError, match=r"ReadTimeout, time limit 0\.05 s"):
        engine.mp3("Both feet down.")
    assert pauses == [1.0]


def test_nobody_there_is_an_error(pauses: list[float]) -> None:
    # A port that is bound and does not listen refuses, and nobody else can take it meanwhile.
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler, bind_and_activate=False) as closed:
        closed.server_bind()
        engine = GoogleEngine(endpoint=f"http://127.0.0.1:{closed.server_port}", pause=pauses.append)
        with pytest.raises(EngineError, match="no answer: ConnectionError"):
            engine.mp3("Both feet down.")
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize("text", ["", "  ", "...", "?!"])
def test_a_text_without_words_is_an_error_and_not_sent(
    engine: GoogleEngine, google: Google, text: str
) -> None:
    with pytest.raises(EngineError, match="nothing to say"):
        engine.mp3(text)
    assert google.texts == []


@pytest.mark.parametrize("locale", ["de-DE", "en", "", "com@127.0.0.1"])
def test_a_locale_without_a_voice_is_an_error(locale: str) -> None:
    with pytest.raises(EngineError, match="must be one of en-US, en-GB, en-AU, en-IN, en-CA"):
        GoogleEngine(locale=locale)


@pytest.mark.parametrize(("locale", "domain"), TOP_LEVEL_DOMAINS.items())
def test_a_locale_picks_the_host_of_its_accent(locale: str, domain: str) -> None:
    speech = _Speech("Rest.", None, tld=GoogleEngine(locale=locale)._domain)
    (request,) = speech._prepare_requests()
    assert request.url == f"https://translate.google.{domain}/_/TranslateWebserverUi/data/batchexecute"


def test_warnings_about_certificates_are_as_before(engine: GoogleEngine) -> None:
    before = list(warnings.filters)
    engine.mp3("Both feet down.")
    assert list(warnings.filters) == before
    with pytest.warns(InsecureRequestWarning):
        warnings.warn("still heard", InsecureRequestWarning, stacklevel=1)


def test_between_texts_the_service_gets_its_second(
    engine: GoogleEngine, clock: Clock, pauses: list[float]
) -> None:
    engine.mp3("One.")
    clock.now += 0.4
    engine.mp3("Two.")
    clock.now += 1.0
    engine.mp3("Three.")
    assert pauses == [pytest.approx(INTERVAL_S - 0.4)]


def test_what_the_service_sends_becomes_sound(engine: GoogleEngine, google: Google) -> None:
    google.answers = [speaks(mp3_of(tone(0.5)))]
    assert len(engine.say("Rest.")) == pytest.approx(24_000, rel=0.1)


def test_mp3_that_cannot_be_decoded_is_an_error(engine: GoogleEngine, google: Google) -> None:
    google.answers = [speaks(FRAME[:4])]
    with pytest.raises(EngineError, match="google: no sound that can be decoded"):
        engine.say("Rest.")


@pytest.mark.skipif("LIVE_GTTS" not in os.environ, reason="asks Google: LIVE_GTTS=1 pytest -k live")
def test_live_the_real_service_still_speaks() -> None:
    assert len(GoogleEngine().say("Both feet down.")) > 12_000
