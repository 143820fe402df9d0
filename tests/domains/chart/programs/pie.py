import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.pie(
    [35, 25, 25, 15],
    labels=["A", "B", "C", "D"],
    autopct="%1.1f%%",
    explode=[0, 0.1, 0, 0],
    shadow=True,
    startangle=40,
    wedgeprops={"edgecolor": "w"},
)
ax.set_title("Shares")
