import numpy as np
import matplotlib.pyplot as plt

with plt.style.context("bmh"):
    rng = np.random.default_rng(17)
    x = np.linspace(0, 8, 40)
    y = 2 * np.log1p(x) + rng.normal(0, 0.2, 40)
    fig, ax = plt.subplots(figsize=(6, 4))
    ax.scatter(x, y, label="trials")
    ax.plot(x, 2 * np.log1p(x), color="C1", label="model")
    ax.legend(loc="lower right")
    ax.set_title("Learning over eight weeks")
    ax.set_xlabel("week")
    ax.set_ylabel("score")
    fig.tight_layout()
    plt.savefig("learning.png")
