import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(2)
fig = plt.figure(figsize=(10, 4.2), layout="constrained")
left, right = fig.subfigures(1, 2, wspace=0.05, width_ratios=[1.4, 1])
for ax, name in zip(left.subplots(1, 2, sharey=True), ("first run", "second run")):
    ax.scatter(*rng.normal(size=(2, 80)), s=14, color="#386641")
    ax.set_title(name)
    ax.set_xlabel("x (cm)")
left.suptitle("Impacts on the screen")
bars = right.subplots()
bars.bar(["I", "II"], [80, 74], color="#a7c957")
bars.set_ylabel("hits")
right.suptitle("Hits counted")
plt.show()
