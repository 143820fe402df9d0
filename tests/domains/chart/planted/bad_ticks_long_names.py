import matplotlib.pyplot as plt

departments = ["Accounting", "Engineering", "Marketing", "Production", "Research", "Logistics"]
costs = [30, 55, 20, 45, 60, 35]
fig, ax = plt.subplots(figsize=(4, 3))
ax.bar(departments, costs, color="maroon")  # defect: ticks
ax.set_title("Costs")
fig.tight_layout()
plt.show()
