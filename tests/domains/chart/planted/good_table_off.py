import matplotlib.pyplot as plt

fig, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4))
top.step([1, 2, 3, 4], [2, 1, 3, 2], where="mid")
top.set_title("Steps")
bottom.axis("off")
bottom.table(cellText=[["1", "2"], ["3", "4"]], colLabels=["a", "b"], loc="center")
plt.show()
