"""商品备案与归类校验: a product filed once per mode, checked against the tables of the day, with its history."""
