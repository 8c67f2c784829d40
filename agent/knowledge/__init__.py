"""What is known for a request: documents, past outcomes, plans that succeeded, the context made of them."""
