"""The directory itself: organisations, platforms, services, accreditations and scope lines."""
