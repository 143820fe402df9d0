import pandas as pd, matplotlib.pyplot as plt
df = pd.DataFrame({"a":[1,5,9],"b":[2,3,4]})
ax = df.plot(kind="bar", rot=0)
ax.set_ylim(top=6)  # defect: range
ax.legend(loc="upper left")
