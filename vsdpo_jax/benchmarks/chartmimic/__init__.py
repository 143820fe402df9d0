"""ChartMimic, direct mimic: the low-level score (text, layout, chart type, colour)."""
