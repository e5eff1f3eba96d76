"""Reports as JSON and as HTML that needs nothing else: no script, no address, plots as SVG."""
