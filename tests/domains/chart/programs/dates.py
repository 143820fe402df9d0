import datetime as dt

import matplotlib.dates as mdates
import matplotlib.pyplot as plt

days = [dt.date(2024, 1, 1) + dt.timedelta(days=9 * i) for i in range(12)]
fig, ax = plt.subplots()
ax.plot(days, range(12), drawstyle="steps-post")
ax.xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
fig.autofmt_xdate()
