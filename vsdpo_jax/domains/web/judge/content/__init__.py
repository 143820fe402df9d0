"""What a task asked of a page against what can be seen of it."""
