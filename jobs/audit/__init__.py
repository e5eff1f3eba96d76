"""The audit trail: who did what to which model, when and why; append-only, each entry sealed by the one before it."""
