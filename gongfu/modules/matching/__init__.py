"""三流合一: a list meets its order, payment and waybill."""
