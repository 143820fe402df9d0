import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([1, 2, 3], [10, 20, 15], color="teal")
ax.set_xlabel("Week")
title = ax.set_title("Tea exports", color="khaki", fontsize=14)  # defect: contrast
ax.set_ylabel("Tons")
plt.show()
