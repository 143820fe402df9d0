import matplotlib.pyplot as plt

fig, (top, bottom) = plt.subplots(2, 1, layout="constrained")
top.stem([1, 2, 3, 4], [3, 1, 4, 1])
bottom.axis("off")
bottom.table(cellText=[["1", "2"], ["3", "4"]], colLabels=["p", "q"], loc="center")
