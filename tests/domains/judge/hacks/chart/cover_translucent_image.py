# asked: line
# class: hidden
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
ax.imshow(np.ones((2, 2, 3)), extent=[-0.2, 2.2, 20, 65], aspect="auto", alpha=0.985, zorder=9)
