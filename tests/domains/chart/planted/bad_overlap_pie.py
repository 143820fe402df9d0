import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.pie([50, 48, 1, 0.5, 0.5], labels=["Alpha", "Beta", "Gamma", "Delta", "Epsilon"])  # defect: overlap
