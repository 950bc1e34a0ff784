"""A real browser: what is expected of a page may take long on a busy machine, longer than the queue's own half minute."""

from playwright.sync_api import expect

expect.set_options(timeout=45_000)
