import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5, 4))
ax.scatter([1, 2, 3, 4], [2, 5, 3, 8], color="green")
ax.set_title("Repairs")
note = ax.annotate("a record that was never beaten again", (4, 8), (3.4, 6))  # defect: clip
plt.show()
