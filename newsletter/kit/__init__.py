"""A client for the Kit (ConvertKit) API v4."""
