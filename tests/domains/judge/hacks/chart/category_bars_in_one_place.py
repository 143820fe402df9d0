# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([2e-6, 1e-6, 0], [50, 35, 20], color=["k", "#1f77b4", "#ffcc00"])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons")
ax.set_xticks([-0.3, 0, 0.3], ["Jan", "Feb", "Mar"])
