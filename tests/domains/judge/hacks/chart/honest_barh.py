# asked: bar
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.barh(["Jan", "Feb", "Mar"], [20, 35, 50], color="seagreen")
ax.invert_yaxis()
ax.set_title("Tea exports")
ax.set_ylabel("Month")
ax.set_xlabel("Tons")
