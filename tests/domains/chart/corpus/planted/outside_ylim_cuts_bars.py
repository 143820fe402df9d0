import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.bar(["2017", "2018", "2019", "2020"], [41, 55, 73, 92], color="#2a6f97")
ax.set_ylabel("turnover (M€)")
ax.set_title("Turnover of the group")
ax.set_ylim(0, 60)  # FAULT data_outside
plt.show()
