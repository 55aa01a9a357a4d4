"""One verb of the pipeline per file: read the inputs, call the part that does the work, write the result."""
