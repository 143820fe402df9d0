import matplotlib.pyplot as plt

readings = {"sensor 1": [3, 4, 4, 5], "sensor 2": []}
fig, (ax1, ax2) = plt.subplots(1, 2, figsize=(7.5, 3.6))  # FAULT axes_empty
ax1.plot(readings["sensor 1"], "o-")
ax1.set_title("sensor 1")
ax2.plot(readings["sensor 2"], "o-")
ax2.set_title("sensor 2")
fig.tight_layout()
plt.show()
