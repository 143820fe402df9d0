import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(55)
height = rng.normal(172, 9, 70)
plt.scatter(height, 0.9 * height - 85 + rng.normal(0, 6, 70), c="#588157")
plt.xlabel("height (cm)")
plt.ylabel("weight (kg)")
plt.title("Height and weight")
plt.axis([150, 178, 40, 80])  # FAULT data_outside
plt.show()
