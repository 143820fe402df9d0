import matplotlib.pyplot as plt
plt.plot([0,1,2],[0,5,9])
plt.axis([0, 2, 0, 7])  # defect: range
plt.title("t")
