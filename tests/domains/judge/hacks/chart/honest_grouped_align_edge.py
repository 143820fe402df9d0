# asked: bars
# class: honest
import matplotlib.pyplot as plt
x = [0, 1, 2]
plt.bar(x, [20, 35, 50], -0.4, align="edge", label="Tea", color="peru")
plt.bar(x, [30, 25, 60], 0.4, align="edge", label="Coffee", color="saddlebrown")
plt.xticks(x, ["Jan", "Feb", "Mar"])
plt.title("Tea and coffee")
plt.xlabel("Month")
plt.ylabel("Tons")
plt.legend(loc="upper center")
plt.ylim(0, 75)
