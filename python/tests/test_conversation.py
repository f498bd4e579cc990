import json

import pytest

from tidemark.conversation import WINDOW, Conversation, Phase, Range, StopRequest


def say(kind, **fields):
    return json.dumps({"kind": kind, **fields})


def welcome(seq=0, missing=(), protocol=1):
    return say("welcome", protocol=protocol, seq=seq, missing=missing)


def talking(lines=0, seq=0, missing=()):
    """A conversation with so many lines whose server welcomed it."""
    talk = Conversation("r", "w")
    for _ in range(lines):
        talk.number()
    talk.connected()
    assert talk.receive(welcome(seq, missing)) is None
    return talk


def send_all(talk):
    sent = []
    while (batch := talk.next_batch()) is not None:
        talk.sent(batch, 1)
        sent.append(tuple(batch))
    return sent


def test_lines_are_numbered_from_one():
    talk = Conversation("r", "w")
    assert [talk.number(), talk.number()] == [1, 2]


def test_nothing_is_sent_before_the_welcome():
    talk = Conversation("r", "w")
    talk.number()
    assert talk.next_batch() is None
    talk.connected()
    assert talk.next_batch() is None
    talk.receive(welcome())
    assert talk.next_batch() == (1, 1)


def test_a_welcome_begins_above_what_the_server_has():
    assert send_all(talking(lines=10, seq=7)) == [(8, 10)]


def test_what_is_missing_is_sent_first_one_range_at_a_time():
    talk = talking(lines=10, seq=8, missing=[[2, 3], [5, 5]])
    assert send_all(talk) == [(2, 3)]
    talk.receive(say("ack", seq=8))
    assert send_all(talk) == [(5, 5)]
    talk.receive(say("ack", seq=8))
    assert send_all(talk) == [(9, 10)]


def test_unacknowledged_lines_are_sent_again_after_a_reconnect():
    talk = talking(lines=5)
    send_all(talk)
    talk.receive(say("ack", seq=2))
    assert talk.in_flight
    talk.lost()
    assert talk.phase is Phase.ABSENT
    assert not talk.in_flight
    talk.connected()
    talk.receive(welcome(seq=3))
    assert send_all(talk) == [(4, 5)]


def test_a_server_that_lost_its_data_is_sent_all_that_is_kept():
    talk = talking(lines=5)
    send_all(talk)
    talk.receive(say("ack", seq=4))
    talk.lost()
    talk.connected()
    talk.receive(welcome(seq=0))
    assert send_all(talk) == [(1, 5)]


def test_batches_are_bounded_and_so_is_what_is_in_flight():
    talk = talking(lines=WINDOW + 1000)
    sent = send_all(talk)
    assert all(last - first < 512 for first, last in sent)
    assert sent[-1][1] == WINDOW
    talk.receive(say("ack", seq=100))
    assert send_all(talk) == [(WINDOW + 1, WINDOW + 100)]


def test_drained_when_everything_is_acknowledged():
    talk = talking(lines=2)
    send_all(talk)
    assert not talk.drained
    talk.receive(say("ack", seq=2))
    assert talk.drained
    talk.number()
    assert not talk.drained


def test_an_acknowledgement_of_what_was_not_sent_is_not_believed():
    talk = talking(lines=5)
    talk.receive(say("ack", seq=99))
    assert talk.acked == 0


def test_lines_of_a_gap_are_sent_again_and_kept_until_they_are_acknowledged_themselves():
    talk = talking(lines=5)
    send_all(talk)
    talk.receive(say("gap", **{"from": 2, "to": 3}))
    assert talk.next_batch() is None
    talk.receive(say("ack", seq=5))
    assert (talk.spent, talk.drained) == (1, False)
    assert send_all(talk) == [(2, 3)]
    assert (talk.spent, talk.drained) == (1, False)
    talk.receive(say("ack", seq=5))
    assert (talk.spent, talk.drained) == (5, True)


def test_a_gap_is_filled_once_a_connection():
    talk = talking(lines=5)
    send_all(talk)
    for _ in range(2):
        talk.receive(say("gap", **{"from": 2, "to": 3}))
        talk.receive(say("ack", seq=5))
    assert send_all(talk) == [(2, 3)]
    talk.receive(say("ack", seq=5))
    assert send_all(talk) == []


def test_a_wide_gap_is_filled_in_batches():
    talk = talking(lines=2000, seq=2000, missing=[[1, 1200]])
    sent = []
    while not talk.drained:
        sent += send_all(talk)
        talk.receive(say("ack", seq=2000))
    assert sent == [(1, 512), (513, 1024), (1025, 1200)]


def test_welcomes_of_later_requests_do_not_send_anything_twice():
    talk = talking(lines=9, seq=9, missing=[[1, 2], [4, 5]])
    assert send_all(talk) == [(1, 2)]
    talk.receive(welcome(seq=9, missing=[[1, 2], [4, 5]]))
    talk.receive(say("ack", seq=9))
    assert send_all(talk) == [(4, 5)]


def test_a_refused_line_is_dropped_and_told_of():
    talk = talking(lines=3)
    send_all(talk)
    notice = talk.receive(say("error", code="too-many-series", message="series: must be one of 5000", seq=2))
    assert notice.code == "too-many-series"
    assert "line 2" in notice.message
    assert not talk.wanted(2)
    talk.receive(say("ack", seq=1))
    assert talk.acked == 2
    talk.lost()
    talk.connected()
    talk.receive(welcome(seq=2))
    assert send_all(talk) == [(3, 3)]


def test_a_failed_store_loses_nothing():
    talk = talking(lines=3)
    send_all(talk)
    assert talk.receive(say("error", code="store-failed", message="", seq=2)).code == "store-failed"
    assert talk.phase is Phase.ABSENT
    talk.lost()
    talk.connected()
    talk.receive(welcome())
    assert send_all(talk) == [(1, 3)]


@pytest.mark.parametrize("code", ["protocol-mismatch", "token-missing", "token-wrong"])
def test_some_refusals_are_for_good(code):
    talk = talking(lines=1)
    assert talk.receive(say("error", code=code, message="")).code == code
    assert talk.phase is Phase.REFUSED
    talk.lost()
    talk.connected()
    assert talk.next_batch() is None


def test_a_refused_hello_is_for_good_and_a_line_without_a_number_is_not():
    talk = Conversation("r", "w")
    talk.connected()
    talk.receive(say("error", code="too-many-runs", message=""))
    assert talk.phase is Phase.REFUSED
    talk = talking(lines=1)
    talk.receive(say("error", code="bad-json", message=""))
    assert talk.phase is Phase.STREAMING


def test_a_server_of_another_protocol_is_refused():
    talk = Conversation("r", "w")
    talk.connected()
    assert "must be 1, got 2" in talk.receive(welcome(protocol=2)).message
    assert talk.phase is Phase.REFUSED


def test_a_line_too_large_by_itself_is_found_and_left_out():
    talk = talking(lines=100)
    tried = []
    while talk.acked < 1:
        tried.append(talk.next_batch())
        talk.sent(tried[-1], 1)
        notice = talk.too_large()
        talk.lost()
        talk.connected()
        talk.receive(welcome(seq=0 if notice is None else 1))
    assert tried[-1] == (1, 1)
    assert notice.code == "frame-too-large"
    assert talk.next_batch() == (2, 100)


def test_one_line_at_a_time_is_in_flight_while_the_large_one_is_sought():
    talk = talking(lines=3)
    talk.batch_lines = 1
    assert send_all(talk) == [(1, 1)]
    talk.receive(say("ack", seq=1))
    assert send_all(talk) == [(2, 2)]


def test_lines_that_are_not_kept_any_more_are_not_waited_for():
    talk = talking(lines=9, seq=5, missing=[[1, 2]])
    talk.sent(talk.next_batch(), 0)
    assert talk.next_batch() == (6, 9)
    talk.sent(Range(6, 7), 0)
    assert (talk.acked, talk.in_flight) == (7, False)
    assert talk.next_batch() == (8, 9)


def test_a_stop_is_kept():
    talk = talking()
    talk.receive(say("stop", run="r", step=40, epoch=4, reason="validation loss rises"))
    assert talk.stop == StopRequest(40, 4, "validation loss rises")


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"kind":"ack"}', '{"kind":"ack","seq":"x"}', "{}"])
def test_answers_without_sense_are_told_of_and_do_no_harm(text):
    talk = talking(lines=1)
    assert talk.receive(text).code == "bad-answer"
    assert talk.next_batch() == Range(1, 1)


def test_answers_of_a_newer_server_are_ignored():
    assert talking().receive(say("praise", amount=3)) is None


def test_a_left_over_conversation_begins_where_its_lines_do():
    talk = Conversation("r", "w", first=501, last=510)
    talk.connected()
    talk.receive(welcome(seq=505))
    assert send_all(talk) == [(506, 510)]
