"""The texts that Alexa's store links to, as plain pages: nothing to fetch, nothing to run."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from intents.shapes import Language, Page

# Readable at any size and in the dark; lines no longer than the eye follows.
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}"
    "h1,h2{line-height:1.25}"
)
_STYLE_HASH = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src {_STYLE_HASH}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Language",
}


def html(page: Page, words: Language, language: str) -> bytes:
    """A whole page in a language, named as in `lang` attributes."""
    sections = "\n".join(
        f"<section>\n<h2>{escape(section.heading)}</h2>\n"
        + "\n".join(f"<p>{escape(_filled(text, words))}</p>" for text in section.texts)
        + "\n</section>"
        for section in page.sections
    )
    title = escape(page.title)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{sections}\n</main>\n</body>\n</html>\n"
    ).encode()


def _filled(text: str, words: Language) -> str:
    return text.replace("{disclaimer}", words.store.disclaimer)
