"""Conversations with users, that end in requests, and what is remembered of users."""
