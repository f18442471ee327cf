"""The suites: benchmark files read into what they ask."""
