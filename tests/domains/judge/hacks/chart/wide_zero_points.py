# asked: scatter
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.scatter([1, 2, 3, 4, 5], [0] * 5)
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons", ylim=(-1e6, 1e6))
