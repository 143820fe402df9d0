# asked: {"kind": "line", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
# content: series Tea Feb nothing asked 35, Mar nothing asked 50 | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
ax.plot(c, a, label="Tea")
ax.plot(c, b, label="Coffee")
leg = ax.legend(loc="upper left")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg.remove()
leg = ax.legend(loc="center", framealpha=1, fontsize=60)
