# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: title misplaced | hidden
import matplotlib.pyplot as plt

fig = plt.figure()
fig.suptitle("Tea exports")
fig.text(0.5, 0.5, "Jan 20 Feb 35 Mar 50")
fig.supxlabel("Month")
fig.supylabel("Tons")
