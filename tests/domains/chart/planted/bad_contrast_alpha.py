import matplotlib.pyplot as plt
plt.scatter([1,2,3],[3,2,1], alpha=0.03)  # defect: contrast
plt.title("Points")
