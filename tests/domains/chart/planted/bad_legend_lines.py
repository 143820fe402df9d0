import matplotlib.pyplot as plt

years = [2019, 2020, 2021, 2022, 2023]
fig, ax = plt.subplots(figsize=(5, 3))
for name, values in {"Plan": [20, 30, 45, 60, 80], "Actual": [15, 35, 40, 70, 85]}.items():
    ax.plot(years, values, label=name)
ax.set_xticks(years)
ax.set_title("Visits")
ax.legend(  # defect: legend
    loc="upper right",  # covers the ends
    fontsize=14,
)
fig.tight_layout()
plt.show()
