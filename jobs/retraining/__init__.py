"""From drift to a decision: requests, the policy, the ledger of what was started, and what became of it."""
