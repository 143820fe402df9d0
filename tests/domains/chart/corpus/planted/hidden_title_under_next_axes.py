import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 1, 50)
fig = plt.figure(figsize=(6, 5))
low = fig.add_axes([0.12, 0.1, 0.82, 0.38])
low.plot(x, np.sqrt(x), color="#006d77")
low.set_ylabel("root")
low.set_xlabel("x")
low.set_title("Root of x")
top = fig.add_axes([0.12, 0.49, 0.82, 0.38])  # FAULT text_hidden
top.plot(x, x**2, color="#e29578")
top.set_xticks([])
top.set_ylabel("square")
plt.show()
