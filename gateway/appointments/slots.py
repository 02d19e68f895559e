"""Free slots: opening hours minus what is busy; pure arithmetic on local wall time."""
