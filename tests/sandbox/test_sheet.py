"""A sheet holds what was read from a descriptor, and forgets it."""

import os

import pytest

from sandbox.sheet import Sheet


def filled(data: bytes, capacity: int = 8) -> Sheet:
    end, start = os.pipe2(os.O_NONBLOCK)
    os.write(start, data)
    sheet = Sheet(capacity)
    sheet.fill(end)
    os.close(end)
    os.close(start)
    return sheet


def test_what_was_read_is_held_taken_and_cut():
    sheet = filled(b"abcdef")
    assert sheet.take(2) == b"ab"
    sheet.cut(1)
    assert (len(sheet), bytes(sheet.held)) == (3, b"cde")


def test_no_more_is_read_than_there_is_room():
    assert bytes(filled(b"abcdefghij").held) == b"abcdefgh"


def test_an_empty_pipe_is_told_from_the_end_of_a_file():
    end, start = os.pipe2(os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        Sheet(8).fill(end)
    os.close(start)
    assert Sheet(8).fill(end) == 0
    os.close(end)


def test_a_wiped_sheet_holds_zeros_also_where_somebody_still_looks():
    sheet = filled(b"secret")
    view = sheet.held
    assert bytes(view) == b"secret"
    sheet.wipe()
    assert (len(sheet), bytes(view)) == (0, bytes(6))


def test_room_without_end_costs_nothing():
    assert len(Sheet(1 << 40)) == 0
