"""What crosses: notes of the child, the checked file, the deck as a person sees it."""
