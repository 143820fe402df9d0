import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.bar(range(6), [5, 7, 6, 9, 11, 10], color="#90a955")
ax.set_xlabel("week")
ax.set_ylabel("deliveries")
other = ax.twinx()  # FAULT data_hidden
other.plot(range(6), [0.2, 0.3, 0.25, 0.4, 0.5, 0.45], "o-", color="#bc4b51")
other.set_ylabel("late (share)")
other.patch.set_visible(True)  # FAULT data_hidden
plt.show()
