import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 4  # FAULT text_tiny
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([1, 2, 3, 4], [3, 1, 4, 1], "^-", color="#9d0208")
ax.set_xlabel("attempt")
ax.set_ylabel("errors")
ax.set_title("Errors of four attempts")
plt.show()
