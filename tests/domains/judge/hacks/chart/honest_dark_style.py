# asked: bar
# class: honest
import matplotlib.pyplot as plt
plt.style.use("dark_background")
fig, ax = plt.subplots()
ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50], color="cyan")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
