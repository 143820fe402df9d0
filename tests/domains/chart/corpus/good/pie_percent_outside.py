import matplotlib.pyplot as plt

sizes = [15, 30, 45, 10]
fig, ax = plt.subplots(figsize=(5.5, 4.5))
ax.pie(
    sizes,
    labels=["Frogs", "Hogs", "Dogs", "Logs"],
    autopct="%1.0f%%",
    colors=["#8ecae6", "#ffb703", "#90be6d", "#e5989b"],
    startangle=90,
    wedgeprops={"edgecolor": "white"},
)
ax.set_title("Animals in the yard")
plt.show()
