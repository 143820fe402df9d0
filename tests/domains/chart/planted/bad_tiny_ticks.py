import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([1, 2, 3], [5, 7, 6]); ax.tick_params(labelsize=4); ax.set_title("Stock")  # defect: tiny
plt.show()
