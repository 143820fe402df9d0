import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 10, 200)
fig, ax = plt.subplots(figsize=(6.5, 4.4), layout="constrained")
ax.plot(t, np.sin(t) + 2, color="#1b4332", lw=2)
ax.set_xlabel("time (s)")
ax.set_ylabel("torque (Nm)")
inset = ax.inset_axes([0.12, 0.12, 0.86, 0.84])  # FAULT data_hidden
inset.hist(np.sin(t), bins=15, color="#95d5b2")
inset.set_xticks([])
inset.set_yticks([])
plt.show()
