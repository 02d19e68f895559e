"""Simulated callers that grade the box on the rows that they leave, and real calls on loopback."""
