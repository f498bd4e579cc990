from tidemark.backoff import Backoff


def test_delays_double_up_to_the_longest_and_begin_anew_after_a_reset():
    backoff = Backoff(0.2, 10, uniform=lambda: 0)
    assert [round(backoff.next(), 3) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    backoff.reset()
    assert backoff.next() == 0.2


def test_jitter_takes_off_up_to_a_half():
    assert Backoff(1, 10, uniform=lambda: 1).next() == 0.5
