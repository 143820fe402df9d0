# asked: {"kind": "scatter", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "series": [{"name": "Tea", "values": [20, 35, 50, 45, 70]}]}
# content: series Tea 0 of 5 values | hidden
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter([1] * 5, [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
