import matplotlib.pyplot as plt

plt.rcParams["mathtext.fontset"] = "cm"
plt.rcParams["font.family"] = "serif"
plt.plot([0, 1], [0, 1])
plt.title(r"$\frac{\partial u}{\partial t} = \alpha \nabla^2 u + \sqrt{x_i^{2}}$")
plt.xlabel(r"Weight $\mathbf{w}$ in $\mathcal{H}$, $\sum_{i=0}^n i$")
plt.text(0.2, 0.7, r"$\int_0^1 f(x)\,dx$", rotation=30, fontsize=18, color="purple", alpha=0.6)
