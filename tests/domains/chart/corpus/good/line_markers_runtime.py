import matplotlib.pyplot as plt

n = [1, 2, 4, 8, 16, 32]
plt.plot(n, [100, 52, 28, 16, 11, 9], "o-", label="MPI")
plt.plot(n, [110, 60, 35, 22, 18, 17], "s--", label="threads")
plt.plot(n, [100 / k for k in n], "k:", label="ideal")
plt.xscale("log", base=2)
plt.yscale("log")
plt.xlabel("cores")
plt.ylabel("wall time (s)")
plt.title("Strong scaling")
plt.legend()
plt.grid(True, which="both", alpha=0.25)
plt.show()
