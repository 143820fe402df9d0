import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 5, 100)
fig, ax = plt.subplots(figsize=(5.5, 4))
for k in range(1, 7):
    ax.plot(x, x**2 / (k + x), label=f"inhibitor {k} mM")
ax.set_xlabel("substrate (mM)")
ax.set_ylabel("rate (1/s)")
ax.set_title("Enzyme kinetics")
ax.legend(bbox_to_anchor=(1.03, 1), loc="upper left", borderaxespad=0)
plt.savefig("kinetics.png", bbox_inches="tight")
