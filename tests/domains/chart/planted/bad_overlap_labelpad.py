import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.bar(["Jan", "Feb", "Mar", "Apr", "May"], [35, 20, 55, 40, 25], color="teal")
ax.set_title("Harbor visits")
ax.set_xlabel("Month of the year", labelpad=-14)  # defect: overlap
ax.set_ylabel("People")
plt.show()
