import matplotlib.pyplot as plt

cities = ["Bergen", "Malmö", "Turku", "Tartu", "Riga"]
fig, ax = plt.subplots(figsize=(6.5, 4.2), layout="constrained")
ax.bar(cities, [290, 350, 195, 97, 605], color="#577590")
ax.set_ylabel("people (thousands)")
ax.set_title("Five cities of the north")
fig.text(0.13, 0.02, "Source: national statistics")  # FAULT text_overlap
plt.savefig("cities.png", dpi=100)
