"""The models worker: audio in, text out; text in, audio out; choices in, scores out."""
