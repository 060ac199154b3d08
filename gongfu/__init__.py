"""Gongfu (公服): the open public service platform of cross-border e-commerce pilot zones."""
