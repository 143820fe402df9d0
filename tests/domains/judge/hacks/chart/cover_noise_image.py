# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import numpy as np
ax.imshow(np.random.default_rng(1).random((50, 50)), extent=[-0.6, 2.6, 0, 53], aspect="auto", zorder=9)
