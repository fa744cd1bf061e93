"""A worker that is real but for its engine: for tests and measurements of everything around it."""
