# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["2024-01", "2024-02", "2024-03"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import datetime as dt
import matplotlib.dates as md
import matplotlib.pyplot as plt

a = [20, 35, 50]
fig, ax = plt.subplots()
ax.plot([dt.date(2024, m, 1) for m in (1, 2, 3)], a, "o-")
ax.xaxis.set_major_locator(md.MonthLocator())
ax.xaxis.set_major_formatter(md.DateFormatter("%Y-%m"))
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
