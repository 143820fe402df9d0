# asked: line
# class: axis:tiny
import matplotlib.pyplot as plt
plt.rcParams["figure.dpi"] = 40
plt.figure(figsize=(70, 50))
plt.plot(["Jan", "Feb", "Mar"], [20, 35, 50], label="Tea", lw=4)
plt.plot(["Jan", "Feb", "Mar"], [30, 25, 60], label="Coffee", lw=4)
plt.title("Tea and coffee")
plt.xlabel("Month")
plt.ylabel("Tons")
plt.legend()
