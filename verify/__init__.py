"""Sound judged by programs that others wrote: `make verify`."""
