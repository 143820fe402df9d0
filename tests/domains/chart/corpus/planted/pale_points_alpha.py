import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(77)
plt.figure(figsize=(6, 4), layout="constrained")
plt.scatter(rng.normal(5, 1, 60), rng.normal(3, 1, 60), color="blue", alpha=0.02)  # FAULT data_contrast (also axes_empty)
plt.xlabel("width (mm)")
plt.ylabel("length (mm)")
plt.title("Sixty seeds")
plt.show()
