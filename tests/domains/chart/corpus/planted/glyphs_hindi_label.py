import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 12, 60)
plt.figure(figsize=(6.2, 4))
plt.plot(x, 25 + 8 * np.sin(x / 2), color="#ff7f11")
plt.ylabel("°C")
plt.xlabel("महीना")  # FAULT glyph_missing
plt.title("Temperature of the year")
plt.tight_layout()
plt.show()
