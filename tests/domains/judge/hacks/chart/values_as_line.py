# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
plt.plot(["Jan", "Feb", "Mar"], [20, 35, 50])
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
