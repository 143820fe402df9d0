# asked: minus
# class: axis:content
import matplotlib.pyplot as plt
plt.plot(["Q1", "Q2", "Q3", "Q4"], [-12.5, 4, 8.5, -3])
plt.title("Profit of the dairy")
plt.xlabel("Quarter")
plt.ylabel("Thousand euros")
