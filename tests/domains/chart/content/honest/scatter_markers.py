# asked: {"kind": "scatter", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "series": [{"name": "Tea", "values": [20, 35, 50, 45, 70]}]}
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([1, 2, 3, 4, 5], [20, 35, 50, 45, 70], "D")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
