"""One module for each format in which ALBERT weights were published; none imports a framework before it needs it."""
