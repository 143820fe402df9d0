"""The room of HTML slides."""
