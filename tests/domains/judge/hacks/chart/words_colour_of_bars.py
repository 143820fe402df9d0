# asked: bar
# class: axis:contrast/content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_title("Tea exports", y=0.3, x=0.86, color="#1f77b4")
