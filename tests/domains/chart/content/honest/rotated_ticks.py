# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Accounting", "Engineering", "Marketing"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

a = [20, 35, 50]
fig, ax = plt.subplots()
ax.bar(["Accounting", "Engineering", "Marketing"], a)
plt.xticks(rotation=45, ha="right")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
fig.tight_layout()
