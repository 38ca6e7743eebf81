"""The plain form of English words, in which spellings fall together.

"Can't", "cannot" and "can not" are one; so are "15" and "fifteen", and "has" and "is" (because of "'s").
Samples, synonyms, the lexicon of symptoms and what people say are all brought into it.
"""

import re
from functools import lru_cache

from intents.amounts import spell

# English, as the samples are; with a second language these tables move into the language's files.
_CONTRACTIONS = {"m": "am", "ve": "have", "re": "are", "ll": "will", "d": "would", "s": "is"}
_SPELLINGS = {"cannot": "can not", "im": "i am", "ive": "i have", "has": "is", "min": "minute", "ok": "okay"}
_SPELLINGS |= {"mins": "minutes", "sec": "second", "secs": "seconds", "ca": "can", "wo": "will", "ai": "is"}
_NOT = re.compile(r"(ca|wo|do|does|did|is|are|was|were|have|has|had|could|would|should|ai)n'?t")


def one_apostrophe(text: str) -> str:
    """Lower case, with every kind of apostrophe as one."""
    return re.sub(r"[\u2019\u2018\u02bc`\u00b4]", "'", text.lower())


@lru_cache(maxsize=4096)
def plain(said: str) -> tuple[str, ...]:
    """A word as said, in its plain form: none, one, or several words."""
    forms: list[str] = []
    for piece in re.findall(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*", said):
        head, _, tail = piece.partition("'")
        if negated := _NOT.fullmatch(piece):
            forms += [_SPELLINGS.get(negated[1], negated[1]), "not"]
        elif piece.isdecimal() and len(piece) <= len("999"):
            forms += spell(int(piece)).split()
        else:
            forms += _SPELLINGS.get(head, head).split() + ([_CONTRACTIONS.get(tail, tail)] if tail else [])
    return tuple(forms)
