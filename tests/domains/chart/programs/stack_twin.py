import matplotlib.pyplot as plt

years = [2000, 2005, 2010, 2015, 2020]
fig, ax = plt.subplots()
ax.stackplot(years, [1, 2, 3, 4, 5], [2, 2, 3, 3, 4], labels=["wind", "sun"])
ax.set_ylabel("TWh")
twin = ax.twinx()
twin.plot(years, [80, 60, 50, 30, 20], "r-s", label="price")
twin.set_ylabel("price", color="r")
twin.tick_params(axis="y", labelcolor="r")
ax.legend(loc="upper left")
