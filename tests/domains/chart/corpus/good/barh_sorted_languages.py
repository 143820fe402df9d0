import matplotlib.pyplot as plt

data = {"Fortran": 4, "Julia": 9, "R": 21, "MATLAB": 25, "C++": 38, "Python": 71}
plt.figure(figsize=(7, 3.8))
plt.barh(list(data), list(data.values()), color="#30638e")
for row, value in enumerate(data.values()):
    plt.text(value - 0.6, row, str(value), ha="right", va="center", color="white", fontsize=9)
plt.xlabel("answers (%)")
plt.title("Languages used in the group", loc="left", fontweight="bold")
plt.box(False)
plt.tick_params(left=False)
plt.tight_layout()
plt.show()
