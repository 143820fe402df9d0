import matplotlib.pyplot as plt

fig = plt.figure(figsize=(8, 3))
left = fig.add_subplot(1, 2, 1)
right = fig.add_subplot(1, 2, 2)  # defect: empty
left.bar(["Mint", "Gold"], [30, 50], color="indigo")
left.set_title("Ratings")
plt.show()
