# asked: {"kind": "bar", "title": "Coffee sales", "x_label": "Team", "y_label": "Euros", "categories": ["Red", "Blue"], "series": [{"name": "Plan", "values": [30, 45]}]}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5, 4))  # defect: content
ax.bar(["Red", "Blue"], [30, 45], color="crimson")
ax.set_xlabel("Team")
ax.set_ylabel("Euros")
plt.show()
