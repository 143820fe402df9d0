# asked: scatter
# class: blank
import matplotlib.pyplot as plt
plt.figure(figsize=(7, 5))
plt.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70], s=60, c="purple", marker="D")
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
from matplotlib.patches import Polygon
plt.gcf().add_artist(Polygon([(-1, -1), (3, -1), (0.5, 5)], color="#ffffff", zorder=66))
