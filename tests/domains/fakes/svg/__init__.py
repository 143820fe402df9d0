"""A whole domain in a hundred lines: pictures in SVG, of rectangles and circles."""
