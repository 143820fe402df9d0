import matplotlib.pyplot as plt

months = ["January", "February", "March", "April", "May", "June"]
online = [35, 50, 65, 80, 70, 90]
retail = [60, 55, 50, 40, 45, 30]

fig, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(months, online, marker="o", label="Online")
ax.plot(months, retail, marker="s", label="Retail", color="#fbfaec")
ax.set_ylim(0, 75)
ax.set_title("Monthly revenue of the online and the retail channel in 2025")
ax.set_xlabel("Month", fontsize=5)
ax.set_ylabel("Revenue (thousand euros)")
ax.legend(loc="lower left")
