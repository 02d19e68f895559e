"""The office: decides, remembers, reports."""
