import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(9, 4))
a = fig.add_subplot(121, projection="3d")
a.bar3d([0, 1], [0, 1], [0, 0], 0.5, 0.5, [1, 2], color=["r", "g"])
a.view_init(20, 50)
b = fig.add_subplot(122, projection="3d")
x, y = np.meshgrid(range(6), range(6))
b.plot_wireframe(x, y, x * y)
b.plot_trisurf(x.ravel(), y.ravel(), (x - y).ravel(), alpha=0.4)
b.text(1, 1, 20, "point")
b.plot([0, 5], [0, 5], [0, 25], "k--", label="edge")
b.legend()
