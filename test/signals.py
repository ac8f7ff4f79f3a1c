"""What a test hands down to the programs that it starts: signals as a terminal gives them.

Whoever runs the suite in the background (nohup, a shell's &) hands down SIGHUP or SIGINT ignored.
"""

import signal


def as_in_a_terminal():
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
