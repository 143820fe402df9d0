"""Charts: matplotlib programs, drawn in the sandbox, judged from their draw lists.

Rooms, in the order of the data, each importing only from those before it:

    drawlist/  what crosses: the records, their wire format, the checks
    child/     in the locked child: runs the program and records its draw calls (imports drawlist/)
    paint/     the trusted painter: pixels, and what is left of each mark (imports drawlist/)
    judge/     detectors, content, verdict (imports paint/ and drawlist/)
    lab/       synthetic tasks and authors (imports judge/ and paint/)

``domain.py`` is the record that the rest of the package reads.
"""
