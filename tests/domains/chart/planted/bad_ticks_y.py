import matplotlib.pyplot as plt
import numpy as np

plt.figure(figsize=(5, 2.5))
plt.plot([1, 2, 3], [10, 60, 90])
plt.yticks(np.arange(0, 101, 4))  # defect: ticks
plt.title("Growth")
plt.show()
