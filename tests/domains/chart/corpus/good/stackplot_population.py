import matplotlib.pyplot as plt

year = [1950, 1960, 1970, 1980, 1990, 2000, 2010, 2018]
population = {
    "Africa": [0.23, 0.28, 0.36, 0.48, 0.63, 0.81, 1.04, 1.28],
    "Americas": [0.34, 0.43, 0.52, 0.62, 0.73, 0.84, 0.94, 1.01],
    "Asia": [1.40, 1.70, 2.14, 2.64, 3.21, 3.74, 4.17, 4.56],
    "Europe": [0.55, 0.61, 0.66, 0.69, 0.72, 0.73, 0.74, 0.75],
}
fig, ax = plt.subplots()
ax.stackplot(year, population.values(), labels=population.keys(), alpha=0.8)
ax.legend(loc="upper left", reverse=True)
ax.set_title("World population")
ax.set_xlabel("Year")
ax.set_ylabel("Number of people (billions)")
ax.set_xlim(1950, 2018)
plt.show()
