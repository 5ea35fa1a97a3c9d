"""The inspector in a browser, through textual-serve: a web server that starts one inspector for each connection."""
