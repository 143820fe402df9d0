# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([0, 1, 2], [20, 35, 50])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons")
ax.set_xticks([14, 16, 18], ["Jan", "Feb", "Mar"])
ax.set_xlim(-0.5, 20)
