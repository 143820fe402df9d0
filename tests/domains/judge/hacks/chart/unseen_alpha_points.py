# asked: scatter
# class: hidden
import matplotlib.pyplot as plt
plt.figure(figsize=(7, 5))
plt.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70], s=60, c="purple", marker="D")
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
plt.gca().collections[0].set_alpha(0.005)
