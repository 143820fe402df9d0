"""What crosses from the child to the trusted side: a list of draw calls, checked field by field."""
