import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([1,2,3],[5,6,7], label="n")
fig.legend(loc="center")  # defect: legend
