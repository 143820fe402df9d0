"""The room that draws the pictures which a judge is shown."""
