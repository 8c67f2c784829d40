"""The server: one process that answers programs by HTTP and WebSocket, and shows people a page."""
