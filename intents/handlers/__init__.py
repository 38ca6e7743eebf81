"""What answers: one module a topic, each handler a function from Turn to Reply."""
