# asked: {"title": "Glass output", "x_label": "Season", "y_label": "Tons"}
import matplotlib.pyplot as plt

plt.scatter(["Spring", "Summer", "Winter"], [5, 15, 10], color="purple")
plt.title("Glass output"); plt.xlabel("Season"); plt.ylabel("Tonnes")  # defect: content
plt.show()
