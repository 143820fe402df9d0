import matplotlib.pyplot as plt

fig = plt.figure(layout="constrained", figsize=(8, 4))
left, right = fig.subfigures(1, 2, wspace=0.07)
left.set_facecolor("0.9")
for ax in left.subplots(2, 1):
    ax.plot([1, 2])
right.subplots().barh(["a", "b"], [3, 5])
left.suptitle("Left")
fig.suptitle("All")
