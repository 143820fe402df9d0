# asked: {"kind": "line", "title": "Train delays", "categories": ["Mon", "Tue", "Wed"], "series": [{"name": "East", "values": [30, 45, 20]}, {"name": "West", "values": [10, 15, 25]}]}
import matplotlib.pyplot as plt

x = ["Mon", "Tue", "Wed"]
fig, ax = plt.subplots()
ax.plot(x, [30, 45, 20], color="navy", label="East")
ax.plot(x, [10, 25, 25], color="green", label="West")  # defect: content
ax.set_title("Train delays")
ax.legend(loc="upper right")
plt.show()
