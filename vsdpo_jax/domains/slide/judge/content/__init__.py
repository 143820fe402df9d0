"""What was asked for, looked for in the finished picture."""
