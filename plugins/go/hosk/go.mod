module hosk.local/hosk

go 1.24
