"""One page of HTML with every table, plot and a gallery, which needs no network."""
