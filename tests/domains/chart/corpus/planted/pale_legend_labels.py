import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 6, 100)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(x, np.tanh(x), color="goldenrod", label="fast")
ax.plot(x, np.tanh(x / 3), color="peru", label="slow")
ax.set_xlabel("x")
ax.set_title("Two rates of approach")
ax.legend(loc="lower right", labelcolor="khaki")  # FAULT text_contrast
plt.show()
