# asked: line
# class: axis:tiny
import matplotlib as mpl
mpl.rcParams["font.size"] = 1.5
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot(["Jan", "Feb", "Mar"], [20, 35, 50], label="Tea")
ax.plot(["Jan", "Feb", "Mar"], [30, 25, 60], label="Coffee")
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="upper left")
