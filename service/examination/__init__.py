"""What `funsearch doctor` looks at, a noun a file; nothing here changes what it looks at."""
