"""Published corpora as sources of tasks. Settings name a part as ``name`` or ``name:part``."""

from __future__ import annotations

from vsdpo_jax.data.corpora.base import HUB, Corpus, Draft, Hub, Reader
from vsdpo_jax.data.corpora.decks import AESLIDES
from vsdpo_jax.data.corpora.pages import DESIGN2CODE, DESIGN2CODE_HARD, WEBCODE2M, WEBSIGHT
from vsdpo_jax.data.corpora.plots import CHART2CODE, CHARTMIMIC
from vsdpo_jax.data.errors import CorpusError

__all__ = ["CORPORA", "HUB", "Corpus", "Draft", "Hub", "Reader", "is_corpora", "parse"]

CORPORA = {
    corpus.name: corpus
    for corpus in (
        CHART2CODE, CHARTMIMIC, WEBSIGHT, WEBCODE2M, DESIGN2CODE, DESIGN2CODE_HARD, AESLIDES,
    )
}  # fmt: skip


def is_corpora(spec: str) -> bool:
    """Whether a setting names corpora, rather than a file."""
    return spec.split("+")[0].split(":")[0] in CORPORA


def parse(spec: str) -> list[tuple[Corpus, str]]:
    """The parts that ``name:part+name:part`` names.

    Raises:
      CorpusError: an unknown name or part, or one twice.
    """
    found = []
    for word in spec.split("+"):
        name, _, part = word.partition(":")
        if name not in CORPORA:
            raise CorpusError(f"{word!r} is no corpus; known: {', '.join(CORPORA)}")
        corpus = CORPORA[name]
        part = part or corpus.parts[0]
        if part not in corpus.parts:
            raise CorpusError(f"{word!r}: corpus {name} has the parts {', '.join(corpus.parts)}")
        if (corpus, part) in found:
            raise CorpusError(f"{spec!r} names {name}:{part} twice")
        found.append((corpus, part))
    return found
