"""Events and the work lane: what a worker claims, hears and retries."""
