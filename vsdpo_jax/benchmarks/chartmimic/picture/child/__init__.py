"""What runs beside the program."""
