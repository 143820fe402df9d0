import matplotlib.pyplot as plt

plt.style.use("ggplot")
teams = ["Red", "Blue", "Green", "Gold"]
fig, ax = plt.subplots(figsize=(6, 4))
ax.bar(teams, [23, 31, 18, 27])
ax.set_ylabel("goals", color="black")
ax.set_title("Goals of the season")
ax.tick_params(colors="black")
fig.tight_layout()
plt.show()
