import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(-3, 3, 200)
y = np.sinh(3 * x)
plt.figure(figsize=(6.2, 4))
plt.plot(x, y, color="#9c2c77", lw=2)
plt.yscale("symlog", linthresh=1)
plt.axhline(0, color="0.4", lw=0.7)
plt.xlabel("voltage (V)")
plt.ylabel("current (nA)")
plt.title("Response of the diode pair")
plt.tight_layout()
plt.show()
