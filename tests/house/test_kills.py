"""Fifty times all that works is killed while phones file: nothing acknowledged is lost, nothing half, nothing twice."""

import http.client
import os
import random
import signal
import threading
import time
from contextlib import suppress

from tests.support import cast as people
from tests.support import live, whole
from tests.support.phone import Phone

KILLS = 50
PHONES = 4
LONGEST_S = 500


def keep_filing(base: str, number: int, acknowledged: list[int], stop: threading.Event) -> None:
    """File one defect after the other; what got no answer is sent again until it gets one."""
    phone, shade, signed_in = Phone(base), 0, False
    while not stop.is_set():
        shade += 1
        with suppress(OSError, http.client.HTTPException, AttributeError):  # killed, or half a page
            while not signed_in and not stop.is_set():
                with suppress(AssertionError):  # busy: a 503
                    phone.sign_in()
                    signed_in = True
            form = phone.form(people.jpeg("gray", (320, 240), comment=f"{number} {shade}".encode()))
            while not stop.is_set():
                with suppress(OSError, http.client.HTTPException):
                    status, location = phone.send(form)
                    if status == 302 and "filed" in location:
                        acknowledged.append(int(location.split("/")[2]))
                        break
                    assert status in {302, 503}, (status, location)


def test_fifty_random_kills_under_load_lose_nothing(demo_folder):
    acknowledged: list[int] = []
    stop, pause, dice = threading.Event(), threading.Event(), random.Random(50)
    kills, until = 0, time.monotonic() + LONGEST_S
    with live.server(demo_folder, workers=2, preload=True) as base:
        phones = [
            threading.Thread(target=keep_filing, args=(base, number, acknowledged, stop)) for number in range(PHONES)
        ]
        for phone in phones:
            phone.start()
        while kills < KILLS and time.monotonic() < until:
            before = len(acknowledged)
            while len(acknowledged) == before and time.monotonic() < until:
                pause.wait(0.01)  # it works again
            pause.wait(dice.uniform(0, 0.2))
            for worker in base.workers():
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            kills += 1
        stop.set()
        for phone in phones:
            phone.join()
    assert kills == KILLS
    assert len(set(acknowledged)) == len(acknowledged) >= KILLS
    assert whole.check(demo_folder, acknowledged) >= len(acknowledged)
