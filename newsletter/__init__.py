"""Write a letter in a file, see it as an email, send it on Tuesday at nine."""
