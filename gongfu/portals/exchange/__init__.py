"""The exchange portal: what partner installations ask for. It knows no module; modules publish and take over by kind."""
