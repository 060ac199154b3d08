"""服务商入驻与委托服务: who offers which service at what price, what firms entrust to them, and for whom agents declare."""
