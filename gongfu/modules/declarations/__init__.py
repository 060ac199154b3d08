"""清单: lists of 9610, 1210, 9710 and 9810, their states and every move between them."""
