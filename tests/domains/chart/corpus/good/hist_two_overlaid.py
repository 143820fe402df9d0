import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(11)
men, women = rng.normal(178, 7, 800), rng.normal(165, 6.5, 800)
bins = np.arange(140, 206, 2.5)
plt.figure(figsize=(6.5, 4.2))
plt.hist(men, bins, alpha=0.6, label="men", color="tab:blue")
plt.hist(women, bins, alpha=0.6, label="women", color="tab:orange")
plt.legend(loc="upper right")
plt.xlabel("height (cm)")
plt.ylabel("people")
plt.title("Heights in the sample")
plt.show()
