import matplotlib.pyplot as plt
import matplotlib.tri as tri
import numpy as np

rng = np.random.default_rng(1)
x, y = rng.random((2, 40))
mesh = tri.Triangulation(x, y)
fig, (a, b, c) = plt.subplots(1, 3, figsize=(10, 3))
a.tripcolor(mesh, x + y, shading="gouraud")
b.triplot(mesh, "k-", lw=0.5)
c.pcolormesh(np.arange(5), np.arange(4), rng.random((4, 5)), shading="gouraud")
c.hexbin(rng.random(200) * 4, rng.random(200) * 3, gridsize=8, alpha=0.5)
