# asked: bar
# class: axis:content/clip
import matplotlib as mpl
mpl.rcParams["font.family"] = "cmsy10"
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons")
