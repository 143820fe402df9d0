import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([1, 2, 3], [4, 6, 5])
ax.set_title("Ferry traffic in the northern region")
fig.suptitle("Passengers and vehicles", y=0.93)  # defect: overlap
plt.show()
