# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: series Tea missing | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.plot(c, [35, 35, 35])
ax.set_yscale("symlog")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
