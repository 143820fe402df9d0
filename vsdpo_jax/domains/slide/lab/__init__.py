"""Slides for the lab: tasks, an author who does not look at the slide, and how one mends it."""

from vsdpo_jax.domains.lab import ERROR, Lab
from vsdpo_jax.domains.slide.lab.edits import repair
from vsdpo_jax.domains.slide.lab.genres import GENRES
from vsdpo_jax.domains.slide.lab.pieces import COMMON
from vsdpo_jax.domains.slide.lab.predict import predicted_feedback
from vsdpo_jax.domains.slide.lab.programs import (
    OMITTABLE,
    careful_choices,
    random_choices,
    write_program,
)
from vsdpo_jax.domains.slide.lab.tasks import make_task
from vsdpo_jax.domains.slots import changed_choices, choices_from_json, choices_to_json

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
        {
            *OMITTABLE,
            *COMMON,
            "kind",
            *(name for genre in GENRES.values() for name in genre.decisions),
        }
    ),
    copied_choices=("cell", "column", "title", "text", "color"),
    rendered_worth={ERROR: 1.0},
)
