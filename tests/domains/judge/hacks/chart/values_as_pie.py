# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
plt.pie([20, 35, 50], labels=["Jan", "Feb", "Mar"])
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
