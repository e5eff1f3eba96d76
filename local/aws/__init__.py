"""AWS on one machine: two emulators behind one environment. They are not AWS: neither its speed nor its limits."""
