"""What the application decides: states, schedules, retries, recovery, use cases. No I/O."""

__version__ = "0.1.0"
