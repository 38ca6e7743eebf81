"""Google Translate's voice through gTTS: used when audio is rendered ahead, never in a request.

It is an unofficial use of a web service that answers 429 when it has enough, for minutes to hours: render
once and keep the clips. gTTS does not check the server's certificate, so whoever controls the network could
answer in Google's place: send nothing personal, render where you trust the network, and listen to the result.
"""

import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from gtts import gTTS, gTTSError
from gtts.tokenizer import pre_processors

from audio.codec import Samples, decode
from audio.engines import Abilities, Engine
from audio.errors import EngineError, FrameError

# gTTS documentation, "Localized 'accents'": the last part of the host's name picks the accent. A fixed table,
# because gTTS puts whatever it gets into that name.
TOP_LEVEL_DOMAINS = {"en-US": "com", "en-GB": "co.uk", "en-AU": "com.au", "en-IN": "co.in", "en-CA": "ca"}

# Ours: other projects leave 0.5 to 1 s between requests to this service.
INTERVAL_S = 1.0
FIRST_PAUSE_S = 1.0
# Only a service that is slow on purpose needs longer for a sentence.
TIME_LIMIT_S = 5.0

# Those of gTTS but for "abbreviations", which takes the full stop not only from "St." but also from every
# sentence that ends in "rest", "chest" or "arms", and its pause with it.
_PRE_PROCESSORS = [pre_processors.tone_marks, pre_processors.end_of_line, pre_processors.word_sub]

_TOO_MANY_REQUESTS = 429


class GoogleEngine(Engine):
    """Speaks English with the accent of one locale, at the service's own pace."""

    def __init__(
        self,
        *,
        locale: str = "en-US",
        timeout_s: float = TIME_LIMIT_S,
        attempts: int = 3,
        pause: Callable[[float], object] = time.sleep,
        now_s: Callable[[], float] = time.monotonic,
        endpoint: str | None = None,
    ) -> None:
        """Choose the voice; nothing is sent yet.

        `timeout_s` limits connecting, and then each wait for the server to go on. `pause` is called with the
        seconds to wait: what is missing to a second since the text before, and before each further attempt,
        twice as many every time. `now_s` is a clock that only goes forward. `endpoint` is the scheme and host
        of a server that answers in Google's place.

        Raises:
            EngineError: There is no accent for this locale.
        """
        if locale not in TOP_LEVEL_DOMAINS:
            raise EngineError(
                f"google: no voice for {locale!r}; must be one of {', '.join(TOP_LEVEL_DOMAINS)}"
            )
        self._domain = TOP_LEVEL_DOMAINS[locale]
        # The service has a slow pace, too, but says nowhere how slow: that would be no rate.
        self.abilities = Abilities(
            name="gtts", version=version("gtts"), voice=f"en.{self._domain}", rates=(1.0, 1.0)
        )
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._pause = pause
        self._now_s = now_s
        self._asked_s: float | None = None
        self._endpoint = endpoint

    def _speak(self, text: str, rate: float) -> Samples:  # noqa: ARG002 - there is one rate only
        try:
            return decode(self.mp3(text))
        except FrameError as error:
            raise EngineError(f"google: {error}") from error

    def mp3(self, text: str) -> bytes:
        """The text spoken, as MP3 frames. Over 100 characters gTTS asks for it part by part.

        Raises:
            EngineError: The text has no words, or no attempt gave all of its audio. What will not pass by
                itself (status 403, for example) is not tried again.
        """
        if self._asked_s is not None and (early_s := self._asked_s + INTERVAL_S - self._now_s()) > 0:
            self._pause(early_s)
        attempt = 1
        while True:
            self._asked_s = self._now_s()
            try:
                return self._ask(text)
            except _PassingError as error:
                if attempt >= self._attempts:
                    raise EngineError(f"{error} (attempt {attempt} of {self._attempts})") from error
            self._pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
            attempt += 1

    def _ask(self, text: str) -> bytes:
        try:
            speech = _Speech(text, self._endpoint, tld=self._domain, lang="en", timeout=self._timeout_s)
            expected = len(speech.get_bodies())
        except AssertionError as error:
            raise EngineError(f"google: nothing to say in {text!r}") from error
        # gTTS turns urllib3's warning about the certificate off for the whole process; this gives it back.
        with warnings.catch_warnings():
            try:
                parts = list(speech.stream())
            except gTTSError as error:
                raise self._explained(error) from error
            except ValueError as error:  # not UTF-8, not base64
                raise _PassingError("google: status 200 with an answer that cannot be read") from error
        # gTTS raises nothing for a page without audio, and would leave out that part of the sentence.
        if not parts or len(parts) != expected:
            raise _PassingError(f"google: status 200 with audio for {len(parts)} of {expected} parts")
        if not all(_is_mp3(part) for part in parts):
            raise _PassingError("google: status 200 with something else than MP3")
        return b"".join(parts)

    def _explained(self, error: gTTSError) -> EngineError:
        if error.rsp is None:
            reason = type(error.__context__).__name__  # of requests: ReadTimeout, ConnectionError, ...
            return _PassingError(f"google: no answer: {reason}, time limit {self._timeout_s} s")
        status = error.rsp.status_code
        if status == 200:  # noqa: PLR2004 - the answer names our text, and holds no audio for it
            return _PassingError("google: status 200 without audio")
        is_final = 400 <= status < 500 and status != _TOO_MANY_REQUESTS  # noqa: PLR2004 - client errors
        return (EngineError if is_final else _PassingError)(f"google: status {status}")


class _PassingError(EngineError):
    """May go well the next time."""


class _Speech(gTTS):  # type: ignore[misc]  # gTTS ships no types
    """gTTS as it is, but for the host that it asks and the full stops that it keeps."""

    def __init__(self, text: str, endpoint: str | None, **options: Any) -> None:
        super().__init__(text, pre_processor_funcs=_PRE_PROCESSORS, **options)
        self._endpoint = endpoint

    def _prepare_requests(self) -> list[Any]:
        prepared: list[Any] = super()._prepare_requests()
        if self._endpoint is not None:
            for request in prepared:
                request.url = self._endpoint + urlsplit(request.url).path
        return prepared


def _is_mp3(data: bytes) -> bool:
    """Whether it begins with an ID3 tag or a frame's sync word: eleven bits set, then layer III."""
    has_sync = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2  # noqa: PLR2004 - ISO 11172-3, 2.4.1.3
    return data.startswith(b"ID3") or has_sync
