"""Can programs be confined here? For notebooks, which go on where a command would end.

Containers, Colab and Kaggle may lack what plain machines have: Landlock, seccomp filters, user
namespaces for the browser.
"""

from __future__ import annotations

from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.sandbox import LayerUnavailable

_DETAILS = (". Model-written", ". To render trusted")


def missing_layer(domain: str) -> str | None:
    """What this machine lacks to confine the programs of a domain, in one sentence.

    Where something is missing, ``unsafe=True`` (config.sandbox.unsafe) runs programs without it and
    behind all that is there: for programs that you trust. Starts a renderer, which takes seconds.

    Args:
      domain: name for ``load_domain``.

    Returns:
      None where programs are confined.

    Raises:
      SandboxUnavailable: there is nothing to render with; ``unsafe`` does not help.
    """
    try:
        with RenderPool(domain, num_workers=1):
            return None
    except LayerUnavailable as error:
        sentence = str(error)
    for details in _DETAILS:
        sentence = sentence.split(details, 1)[0]
    return sentence
