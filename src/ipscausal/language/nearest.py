"""What a study says in some of the languages, told in another."""

from __future__ import annotations

from collections.abc import Mapping

_SISTER = {"nb": "nn", "nn": "nb"}
"""Written forms of one language: who reads one, reads the other."""


def own_words(texts: Mapping[str, str], language: str) -> str | None:
    """What the study says in a language, or in its sister; None where it says it in neither."""
    return texts.get(language) or texts.get(_SISTER.get(language, language))


def nearest_words(texts: Mapping[str, str], language: str) -> str:
    """What the study says in a language, else in its sister, else in English, else in the one it has."""
    return own_words(texts, language) or texts.get("en") or next(iter(texts.values()))
