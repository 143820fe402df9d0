import logging

import jax
import jax.numpy as jnp

from vsdpo_jax.runtime.compiles import Compiles


def test_a_program_is_noted_with_its_name_and_shapes_and_only_while_somebody_listens(caplog):
    @jax.jit
    def twice_as_much(x_AB, y_A):
        return 2 * x_AB + y_A[:, None]

    logger = logging.getLogger("jax._src.interpreters.pxla")
    level = logger.level
    with Compiles() as compiles:
        with caplog.at_level(logging.DEBUG):
            twice_as_much(jnp.ones((3, 5)), jnp.ones(3))
            compiles.done.clear()
            twice_as_much(jnp.ones((3, 7)), jnp.ones(3))
        found = [one for one in compiles.done if "twice_as_much" in one.name]
        assert [one.shapes for one in found] == [("float32[3,7]", "float32[3]")]
        assert found[0].seconds > 0
        compiles.done.clear()
        twice_as_much(jnp.ones((3, 7)), jnp.ones(3))
        assert not [one for one in compiles.done if "twice_as_much" in one.name]
    twice_as_much(jnp.ones((3, 9)), jnp.ones(3))
    assert not [one for one in compiles.done if "twice_as_much" in one.name]
    seen = [record for record in caplog.records if "Compiling" in record.getMessage()]
    assert not [record for record in seen if record.name == logger.name]
    assert logger.level == level
    assert not logger.filters
