# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
for n, v, k in zip(c, a, ("tab:blue", "tab:orange", "tab:green")):
    ax.bar(n, v, color=k, label=n)
ax.legend()
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
