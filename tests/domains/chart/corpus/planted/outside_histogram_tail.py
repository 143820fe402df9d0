import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(66)
plt.figure(figsize=(6, 4), layout="constrained")
plt.hist(rng.normal(50, 15, 1000), bins=40, color="slateblue")
plt.xlabel("score")
plt.ylabel("students")
plt.title("Scores of the test")
plt.xlim(0, 55)  # FAULT data_outside
plt.show()
