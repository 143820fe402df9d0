import matplotlib.pyplot as plt

fig = plt.figure(figsize=(8, 4))
left = fig.add_axes([0.08, 0.14, 0.5, 0.74])
left.bar(["ant", "bee", "fly"], [400, 120, 260], color="#6b705c")
left.set_title("Insects in the trap")
left.set_ylabel("caught")
right = fig.add_axes([0.68, 0.14, 0.28, 0.74])  # FAULT axes_empty
right.set_title("By month")
plt.show()
