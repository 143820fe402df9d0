import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(9, 4))
a = fig.add_subplot(121, projection="mollweide")
a.grid(True)
a.scatter(np.linspace(-3, 3, 20), np.linspace(-1, 1, 20), c=np.arange(20))
b = fig.add_subplot(122, polar=True)
b.bar(np.linspace(0, 5, 8), np.arange(8), width=0.5, color=plt.cm.viridis(np.linspace(0, 1, 8)))
b.set_theta_zero_location("N")
b.set_thetagrids([0, 90, 180], ["north", "east", "south"])
