# asked: scatter
# class: axis:content/clip
import matplotlib as mpl
mpl.rcParams["font.family"] = "STIXSizeFiveSym"
mpl.rcParams["font.enable_last_resort"] = False
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons")
