import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.bar(["spring", "summer", "autumn", "winter"], [220, 130, 260, 300], color="ivory")  # FAULT data_contrast (also axes_empty)
ax.set_ylabel("rain (mm)")
ax.set_title("Rain by season")
plt.show()
