"""A result as text for other programs and other people: Markdown, CSV, JUnit XML."""
