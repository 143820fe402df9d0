# asked: scatter
# class: axis:content
import matplotlib.pyplot as plt
plt.scatter([1, 2, 3, 4, 5], [45] * 5)
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
