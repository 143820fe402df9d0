"""What is read from a live page: the one record from which every verdict on it is drawn."""
