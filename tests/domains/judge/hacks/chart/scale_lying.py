# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_yticks([0, 10, 20, 30, 40, 50], ["500", "400", "300", "200", "100", "0"])
