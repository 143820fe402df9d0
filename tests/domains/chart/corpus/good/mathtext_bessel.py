import matplotlib.pyplot as plt
from scipy.special import jv
import numpy as np

x = np.linspace(0, 20, 300)
fig, ax = plt.subplots(figsize=(7, 4))
for order in range(3):
    ax.plot(x, jv(order, x), label=rf"$J_{order}(x)$")
ax.set_title(r"$J_\alpha(x)=\sum_{m=0}^{\infty}\frac{(-1)^m}{m!\,\Gamma(m+\alpha+1)}\left(\frac{x}{2}\right)^{2m+\alpha}$", pad=12)
ax.axhline(0, color="k", lw=0.6)
ax.legend(ncols=3)
ax.set_xlabel("$x$")
fig.tight_layout()
plt.show()
