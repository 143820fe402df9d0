import matplotlib.pyplot as plt

years = list(range(2000, 2021, 2))
users = [2, 3, 5, 9, 14, 22, 33, 47, 60, 70, 76]
fig, ax = plt.subplots(figsize=(8, 4.5))
ax.plot(years, users, marker="o", color="#003049")
box = dict(boxstyle="round,pad=0.3", fc="#fdf0d5", ec="#780000")
for year, value, text, where in ((2006, 9, "first app", (2002.2, 28)), (2014, 47, "free plan", (2009, 62))):
    ax.annotate(text, (year, value), where, bbox=box, arrowprops={"arrowstyle": "->", "color": "#780000"})
ax.set_ylim(0, 85)
ax.set_xticks(range(2000, 2021, 4))
ax.set_xlabel("year")
ax.set_ylabel("users (thousands)")
ax.set_title("Users of the service")
plt.savefig("users.jpg")
