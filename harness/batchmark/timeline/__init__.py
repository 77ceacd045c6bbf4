"""TensorFlow releases as a line of history: the list, its locks, and the git repository made of them."""
