# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: series Tea 0 of 3 values | hidden
import matplotlib.pyplot as plt

a = [20, 35, 50]
fig, ax = plt.subplots()
ax.bar(range(3), a)
ax.set_xticks(range(3), ["Mar", "Jan", "Feb"])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
