"""部门与伙伴数据接入: what departments, platforms, carriers and old systems deliver, in time, once, and fit to be relied on."""
