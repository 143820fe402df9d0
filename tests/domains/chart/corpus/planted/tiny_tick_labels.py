import matplotlib.pyplot as plt
import numpy as np

x = np.arange(50)
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(x, np.sqrt(x), color="#344e41")
ax.set_xlabel("age (years)")
ax.set_ylabel("height (m)")
ax.set_title("Growth of the larch")
ax.tick_params(labelsize=3.5)  # FAULT text_tiny
plt.show()
