# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(["Jan", "Feb", "Mar"], [400, 400, 400])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons", ylim=(0, 1e5))
