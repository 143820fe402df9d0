import matplotlib.pyplot as plt
import numpy as np

t = np.arange(0.01, 10.0, 0.05)
fig, left = plt.subplots()
(one,) = left.plot(t, np.exp(0.6 * t), color="tab:red", label="exp")
left.set_xlabel("time (s)")
left.set_ylabel("exp")
right = left.twinx()
(two,) = right.plot(t, np.sin(2 * np.pi * t / 4), color="tab:blue", label="sin")
right.set_ylabel("sin")
right.set_ylim(-1.2, 2.0)
left.legend(handles=[one, two], loc="upper left")
left.set_title("Two scales")
fig.tight_layout()
plt.show()
