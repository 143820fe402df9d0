import matplotlib.pyplot as plt

weeks = ["week of 4 January", "week of 11 January", "week of 18 January", "week of 25 January"]
cases = [122, 180, 241, 199]
fig = plt.figure(figsize=(5.5, 4))
ax = fig.add_subplot()
ax.plot(weeks, cases, "D-", color="#6d597a")
ax.set_ylabel("cases")
ax.set_title("Cases a week")
ax.tick_params(axis="x", rotation=90)  # FAULT text_clipped
plt.show()
