# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20000, 35000, 50000]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.bar(c, [20000, 35000, 50000])
ax.yaxis.set_major_formatter("{x:,.0f}")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
