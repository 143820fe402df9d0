import matplotlib.pyplot as plt
plt.figure(figsize=(8,6))
for i in range(1, 4):
    plt.subplot(2, 2, i)
    plt.plot([1, 2], [i, 2])
plt.subplot(2, 2, 4)  # defect: empty
plt.tight_layout()
