import matplotlib.pyplot as plt

cities = ["東京", "大阪", "京都"]
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.bar(cities, [13.9, 8.8, 2.5], color="#c9184a")  # FAULT glyph_missing
ax.set_ylabel("people (millions)")
ax.set_title("Three prefectures")
plt.savefig("japan.png")
