"""What runs beside the program, in the locked child: it records, and is not believed."""
