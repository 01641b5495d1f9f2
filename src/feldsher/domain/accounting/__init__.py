"""Visits as documents for an accounting system, its word of each, and where the two differ (ADR 30)."""
