"""服务商与委托 · Providers of services, entrustments and ratings, and who really exports behind an agent."""
