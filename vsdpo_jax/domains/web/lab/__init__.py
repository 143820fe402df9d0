"""Pages for the lab: tasks, an author who does not look at the page, and how one mends it."""

from vsdpo_jax.domains.lab import ERROR, Lab
from vsdpo_jax.domains.slots import changed_choices, choices_from_json, choices_to_json
from vsdpo_jax.domains.web.lab.edits import repair
from vsdpo_jax.domains.web.lab.genres import GENRES
from vsdpo_jax.domains.web.lab.pieces import VIEWPORT
from vsdpo_jax.domains.web.lab.predict import predicted_feedback
from vsdpo_jax.domains.web.lab.programs import (
    OMITTABLE,
    careful_choices,
    random_choices,
    write_program,
)
from vsdpo_jax.domains.web.lab.tasks import make_task

LAB = Lab(
    make_task=make_task,
    random_choices=random_choices,
    careful_choices=careful_choices,
    write_program=write_program,
    predicted_feedback=predicted_feedback,
    repair=repair,
    changed_choices=changed_choices,
    choices_to_json=choices_to_json,
    choices_from_json=choices_from_json,
    # More wrong and missing texts than an author makes: these are named too seldom otherwise.
    formula_shares={"slip_share": 0.2, "omit_share": 0.1},
    layout_choices=frozenset(
        {*OMITTABLE, *(name for genre in GENRES.values() for name in genre.decisions)}
    ),
    copied_choices=("cell", "column", "heading", "text", "button", "picture", "page", "block"),
    options={"viewport_width": VIEWPORT[0], "viewport_height": VIEWPORT[1]},
    rendered_worth={"overlap": 0.5, "hidden": 0.5, "layout": 1.0, ERROR: 1.0},
)
