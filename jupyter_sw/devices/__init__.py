"""What there is to run on, and what of it a person may ask for; never imports torch."""
