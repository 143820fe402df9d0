"""What was asked for against what a person could read off the finished picture."""
