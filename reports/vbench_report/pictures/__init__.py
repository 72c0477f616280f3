"""What is drawn: pictures of matplotlib and gnuplot, and the small drawings of a row; and where they are kept."""
