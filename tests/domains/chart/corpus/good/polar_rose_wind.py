import matplotlib.pyplot as plt
import numpy as np

theta = np.linspace(0, 2 * np.pi, 8, endpoint=False)
hours = np.array([12, 7, 5, 3, 9, 20, 26, 18])
ax = plt.subplot(projection="polar")
ax.bar(theta, hours, width=0.7, color="teal", alpha=0.75, edgecolor="black")
ax.set_theta_zero_location("N")
ax.set_theta_direction(-1)
ax.set_xticks(theta, ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
ax.set_yticks([10, 20])
ax.set_rlabel_position(112)
ax.set_title("Hours of wind from each side")
plt.show()
