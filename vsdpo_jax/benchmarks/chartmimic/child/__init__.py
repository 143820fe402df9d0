"""What runs beside the program: standard library and plotting stack only."""
