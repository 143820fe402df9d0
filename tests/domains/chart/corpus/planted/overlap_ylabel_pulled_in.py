import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.plot([2010, 2012, 2014, 2016, 2018], [1200, 1850, 1640, 2100, 2480], "s-", color="darkred")
ax.set_xticks([2010, 2012, 2014, 2016, 2018])
ax.set_xlabel("year")
ax.set_ylabel("visitors", labelpad=-22)  # FAULT text_overlap
ax.set_title("Visitors of the cave")
fig.tight_layout()
plt.show()
