"""What happens when something dies, hangs, or lies: one named test for each fault."""
