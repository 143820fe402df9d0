import matplotlib.pyplot as plt, numpy as np
fig, ax = plt.subplots(figsize=(4,3))
im = ax.imshow(np.eye(4))
cb = fig.colorbar(im, ax=ax)
cb.set_label("a very long label of the colour bar in some unit", fontsize=14)  # defect: clip
