import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.barh(["tea", "coffee", "juice"], [31, 52, 17], color="#6f4e37")
ax.set_xlabel("cups (%)")
ax.set_title("Drinks at breakfast")
ax.text(35, 2, "🍹 juice is last")  # FAULT glyph_missing
plt.show()
