"""Every sentence that a caller can hear, by key and language."""
