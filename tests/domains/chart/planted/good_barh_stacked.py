# asked: {"kind": "bar", "title": "Waste", "categories": ["Rice", "Wheat"], "series": [{"name": "Plan", "values": [20, 35]}, {"name": "Actual", "values": [25, 30]}]}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 3))
ax.barh(["Rice", "Wheat"], [20, 35], label="Plan", color="tab:blue")
ax.barh(["Rice", "Wheat"], [25, 30], left=[20, 35], label="Actual", color="tab:orange")
ax.set_xlim(0, 100)
ax.set_title("Waste")
ax.legend(loc="center right")
plt.show()
