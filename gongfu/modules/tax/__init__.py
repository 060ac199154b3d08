"""零售进口税费: tax by line and kind, the buyer's yearly quota, the agent's guarantee, tax bills."""
