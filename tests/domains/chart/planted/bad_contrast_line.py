import matplotlib.pyplot as plt

months = ["Jan", "Feb", "Mar", "Apr"]
fig, ax = plt.subplots()
ax.plot(months, [10, 20, 15, 30], color="navy", label="Online")
ax.plot(months, [20, 35, 30, 45], color="ivory", label="Retail")  # defect: contrast
ax.set_ylim(0, 70)
ax.legend(loc="upper left")
plt.show()
