"""Long work in the background: asked for by a person, done by a worker, with progress, cancelling and a file as its result."""
