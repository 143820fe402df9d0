# asked: {"kind": "scatter", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "series": [{"name": "Tea", "values": [20, 35, 50, 45, 70]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.scatter(
    [1, 2, 3, 4, 5],
    [20, 35, 50, 45, 70],
    s=[20, 60, 100, 140, 400],
    alpha=0.6,
    c=[1, 2, 3, 4, 5],
    cmap="viridis",
)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
