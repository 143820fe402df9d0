import matplotlib.pyplot as plt

fields = ["agriculture", "construction", "manufacturing", "hospitality", "transport", "education", "health care"]
share = [4, 8, 17, 9, 7, 12, 15]
plt.figure(figsize=(6, 4), layout="constrained")
plt.bar(fields, share, color="#0f4c5c")  # FAULT ticks_crowded
plt.ylabel("employed (%)")
plt.title("Where people work")
plt.show()
