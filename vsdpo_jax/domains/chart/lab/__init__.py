"""Charts for the lab: tasks, an author who does not look at the picture, and how one mends it."""

from vsdpo_jax.domains.chart.lab.edits import changed_choices, repair
from vsdpo_jax.domains.chart.lab.predict import predicted_feedback
from vsdpo_jax.domains.chart.lab.programs import (
    careful_choices,
    choices_from_json,
    choices_to_json,
    random_choices,
    write_program,
)
from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.domains.lab import ERROR, Lab

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
    # More wrong values and spare axes than an author makes: these are named too seldom otherwise.
    formula_shares={"slip_share": 0.2, "spare_share": 0.3},
    layout_choices=frozenset(
        {
            "figure_size", "spare_axes", "color0", "color1", "color2", "title_size", "title_color",
            "x_size", "x_pad", "y_size", "y_pad", "tick_size", "rotation", "y_top", "legend_place",
            "legend_size", "tight",
        }
    ),
    copied_choices=("values", "name"),
    rendered_worth={"legend": 1.5, "ticks": 1.5, "overlap": 0.5, "clip": 0.5, ERROR: 1.0},
)  # fmt: skip
