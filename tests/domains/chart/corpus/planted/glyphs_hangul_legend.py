import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([2018, 2019, 2020], [51.6, 51.8, 51.8], color="#0d3b66", label="인구")  # FAULT glyph_missing
ax.set_xticks([2018, 2019, 2020])
ax.set_ylim(50, 53)
ax.set_xlabel("year")
ax.set_ylabel("millions")
ax.legend()
plt.show()
