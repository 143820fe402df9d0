import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1,2,3],[1,2,3],label="a rather long series name")
ax.legend(bbox_to_anchor=(1, 1), loc="upper left")  # defect: clip
