import matplotlib.pyplot as plt

months = ["Jan", "Feb", "Mar", "Apr"]
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.bar(months, [20, 24, 21, 26], label="offline", color="#fb8500")
ax.bar(months, [35, 39, 37, 42], label="online", color="#023047")  # FAULT data_hidden
ax.set_ylim(0, 55)
ax.set_ylabel("orders")
ax.set_title("Orders by channel")
ax.legend(loc="upper left", ncols=2)
plt.show()
