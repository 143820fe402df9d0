import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(90)
fig = plt.figure(figsize=(8, 4), layout="constrained")
gs = fig.add_gridspec(1, 3)
a = fig.add_subplot(gs[0])
b = fig.add_subplot(gs[1])
c = fig.add_subplot(gs[2])  # FAULT axes_empty
a.hist(rng.normal(size=200), color="#287271")
b.hist(rng.uniform(size=200), color="#8ab17d")
a.set_title("normal")
b.set_title("uniform")
plt.savefig("three.png")
