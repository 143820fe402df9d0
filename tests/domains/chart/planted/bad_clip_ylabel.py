import matplotlib.pyplot as plt

plt.figure(figsize=(6, 4))
plt.plot([0, 1, 2, 3], [12000, 18000, 15000, 21000], color="crimson")
plt.title("Revenue")
plt.ylabel("Dollars per quarter", labelpad=40)  # defect: clip
plt.xlabel("Quarter")
plt.show()
