import matplotlib.pyplot as plt

year = [2000, 2004, 2008, 2012, 2016, 2020]
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(year, [12, 17, 15, 24, 29, 38], "o-", label="women")
ax.plot(year, [30, 31, 29, 33, 35, 37], "s-", label="men")
ax.legend(loc="lower right")
ax.set(xlabel="year", ylabel="members", title="Members of the club", xlim=(2006, 2021))  # FAULT data_outside
plt.savefig("club.png")
