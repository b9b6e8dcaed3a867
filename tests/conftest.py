"""For every test: the machine's own settings stay outside."""

import os

# Also for the processes that tests start.
os.environ["ISEKAI_NO_DOTENV"] = "1"
