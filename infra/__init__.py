"""What the platform is made of, as a Pulumi program."""
