"""Documents typed in the browser or sent as a workbook: kept as drafts, judged by the same rules, handed in for the firm."""
