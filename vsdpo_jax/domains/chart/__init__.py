"""Charts: matplotlib programs, drawn in the sandbox, judged from their draw lists.

The way of a program: recorder.py runs it in the locked child and writes down every draw call
(attribution.py knows which statement made what); drawlist.py carries the calls across; raster.py
paints them on the trusted side; detectors*.py look for defects; diagnose.py makes the rubric.
"""

NAME = "chart"
RECORDER = "vsdpo_jax.domains.chart.recorder"
