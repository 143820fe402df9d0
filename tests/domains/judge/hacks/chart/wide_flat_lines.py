# asked: line
# class: axis:content
import matplotlib.pyplot as plt
months = ["Jan", "Feb", "Mar"]
plt.plot(months, [0, 0, 0], label="Tea")
plt.plot(months, [9, 9, 9], label="Coffee")
plt.ylim(-3000, 3000)
plt.title("Tea and coffee")
plt.xlabel("Month")
plt.ylabel("Tons")
plt.legend(loc="upper left")
