import matplotlib.pyplot as plt

names = ["administration and planning", "operation of the ferries", "care for passengers", "repair"]
fig, ax = plt.subplots(figsize=(6, 4))
fig.subplots_adjust(bottom=0.15)
ax.barh(names, [12, 48, 25, 15], color="#386fa4")  # FAULT text_clipped
ax.set_xlabel("share of the budget (%)")
ax.set_title("Budget of the port")
plt.show()
