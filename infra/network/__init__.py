"""Where everything on AWS stands, and who may talk to whom there."""
