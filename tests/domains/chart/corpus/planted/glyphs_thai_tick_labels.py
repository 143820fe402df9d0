import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.bar([0, 1, 2, 3], [120, 310, 280, 90], color="#0081a7")
ax.set_ylabel("rain (mm)")
ax.set_title("Rain at the station")
ax.set_xticks([0, 1, 2, 3], ["มกราคม", "เมษายน", "กรกฎาคม", "ตุลาคม"])  # FAULT glyph_missing
plt.show()
