# asked: line
# class: axis:content/clip
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar"]
ax.plot(months, [20, 35, 50], label="Tea")
ax.plot(months, [30, 25, 60], label="Coffee")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg = ax.legend(loc="upper left")
ax.title.set_fontfamily("cmmi10")
ax.title.set_fontfamily("cmex10")
