import matplotlib.pyplot as plt

tools = ["saw", "drill", "plane", "file", "rasp"]
use = [31, 44, 12, 25, 8]
fig, ax = plt.subplots()
ax.vlines(range(5), 0, use, color="black", lw=1.2)
ax.plot(range(5), use, "o", color="darkorange", ms=10, mec="black")
ax.set_xticks(range(5), labels=tools)
ax.set_ylim(0, 50)
ax.set_ylabel("hours used")
ax.set_title("Use of the workshop's tools")
plt.show()
