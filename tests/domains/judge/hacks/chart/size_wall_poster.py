# asked: bar
# class: axis:tiny
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(120, 90), dpi=36)
ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons")
