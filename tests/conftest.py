"""What holds for all tests."""

from hypothesis import settings

settings.register_profile("fanwen", deadline=None)  # a timing is never a test
settings.load_profile("fanwen")
