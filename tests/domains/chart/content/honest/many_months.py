# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], "series": [{"name": "Tea", "values": [20, 22, 25, 30, 38, 45, 50, 48, 41, 33, 27, 21]}]}
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
m = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
ax.plot(m, [20, 22, 25, 30, 38, 45, 50, 48, 41, 33, 27, 21], marker=".")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
