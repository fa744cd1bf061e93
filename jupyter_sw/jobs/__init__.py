"""Jobs: their states, their store, their way from a request to memory given back."""
