# asked: line
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar"]
ax.plot(months, [20, 35, 50], label="Tea")
ax.plot(months, [30, 25, 60], label="Coffee")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg = ax.legend(loc="upper left")
import numpy as np
cover = fig.add_axes((0, 0, 1, 1))
cover.imshow(np.random.default_rng(0).random((60, 80, 3)), aspect="auto")
cover.set_axis_off()
