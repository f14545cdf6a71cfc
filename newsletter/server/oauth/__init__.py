"""OAuth 2: an app asks, the owner of this computer allows, and the app holds tokens (RFC 6749)."""
