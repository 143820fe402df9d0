# asked: line
# class: honest
import matplotlib.pyplot as plt
import pandas as pd
frame = pd.DataFrame({"Tea": [20, 35, 50], "Coffee": [30, 25, 60]}, index=["Jan", "Feb", "Mar"])
frame.plot(title="Tea and coffee", xlabel="Month", ylabel="Tons", style=["-o", "--s"], figsize=(7, 4))
plt.tight_layout()
plt.show()
