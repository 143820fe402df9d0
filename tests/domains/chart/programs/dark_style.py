import matplotlib.pyplot as plt

with plt.style.context("dark_background"):
    fig, ax = plt.subplots()
    ax.plot([1, 2, 3], color="cyan", marker="D", markevery=2)
    ax.set_title("Night")
