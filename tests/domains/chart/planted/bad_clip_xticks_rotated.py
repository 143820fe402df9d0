import matplotlib.pyplot as plt
plt.figure(figsize=(4,2.5))
plt.bar(["Headphones","Keyboards","Smartphones"],[3,4,5])
plt.xticks(rotation=80)  # defect: clip
plt.title("x")
