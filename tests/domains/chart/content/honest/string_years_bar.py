# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["2019", "2020", "2021"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

a = [20, 35, 50]
fig, ax = plt.subplots()
ax.bar([2019, 2020, 2021], a)
ax.set_xticks([2019, 2020, 2021])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
