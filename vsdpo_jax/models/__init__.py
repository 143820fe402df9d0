"""Models by family, as functions of a parameter tree. ``vsdpo_jax.load`` opens one for people."""
