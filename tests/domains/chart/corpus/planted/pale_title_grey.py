import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(-3, 3, 100)
fig, ax = plt.subplots()
ax.plot(x, np.exp(-(x**2)))
ax.set_xlabel("deviation")
ax.set_ylabel("density")
ax.set_title("Bell curve", color="lightgrey")  # FAULT text_contrast
plt.show()
