import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle

fig, (a, b) = plt.subplots(1, 2)
image = a.imshow(np.random.RandomState(1).rand(20, 20), interpolation="bilinear", alpha=0.8)
image.set_clip_path(Circle((10, 10), 7, transform=a.transData))
line, = b.plot(np.arange(50) % 7, clip_on=False)
b.set_xlim(5, 30)
b.contourf(np.arange(400).reshape(20, 20), hatches=["/", ".", "*", None], cmap="gray", alpha=0.5)
fig.patch.set_alpha(0.4)
a.set_facecolor("none")
