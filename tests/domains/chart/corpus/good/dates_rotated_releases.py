import datetime as dt

import matplotlib.pyplot as plt

dates = [dt.date(2019, 2, 26), dt.date(2019, 9, 9), dt.date(2020, 3, 4), dt.date(2020, 9, 15), dt.date(2021, 3, 26), dt.date(2021, 11, 15)]
downloads = [3.1, 3.4, 4.9, 5.6, 7.2, 8.8]
fig, ax = plt.subplots(figsize=(6.5, 4))
ax.plot(dates, downloads, "o-", color="#00509d")
ax.set_xticks(dates, [d.strftime("%d %b %Y") for d in dates])
fig.autofmt_xdate(rotation=40)
ax.set_ylabel("downloads (millions)")
ax.set_title("Downloads after each release")
ax.set_ylim(0, 10)
plt.show()
