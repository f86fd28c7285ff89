"""A call that breaks while the last words leave drops nothing behind it.

A storm met it: a task that nobody holds any more is destroyed later, and a log of errors tells so.
"""

from __future__ import annotations

import asyncio
import gc

import pytest

from node.link.carrier import Carrier


def test_a_call_that_breaks_while_the_last_words_leave(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        carrier = Carrier.__new__(Carrier)  # only its last step, without a session
        carrier._outgoing = asyncio.Queue()
        carrier._outgoing.put_nowait((None, 0))  # type: ignore[arg-type]
        line = asyncio.create_task(asyncio.sleep(3_600))
        carrier._writing = (line,)
        part = asyncio.create_task(carrier._flush())
        await asyncio.sleep(0.01)
        for task in (part, line):
            task.cancel()
        await asyncio.gather(part, line, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
    gc.collect()
    assert not caplog.records
