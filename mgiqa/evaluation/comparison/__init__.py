"""Two models on the same images, and the gate that decides between them."""
