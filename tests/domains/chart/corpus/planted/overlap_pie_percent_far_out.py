import matplotlib.pyplot as plt

parts = [44, 31, 25]
plt.figure(figsize=(5, 4), layout="constrained")
plt.pie(parts, labels=["households", "industry", "transport"], colors=["#a8dadc", "#f1faee", "#ffd6a5"], autopct="%.0f %%", pctdistance=1.2)  # FAULT text_overlap
plt.title("Use of energy")
plt.show()
