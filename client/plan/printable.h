/*
 * printable.h: text that came from outside, so that a terminal and a table of Markdown can show it.
 */
#ifndef LOOPLAG_CLIENT_PRINTABLE_H
#define LOOPLAG_CLIENT_PRINTABLE_H

/** Replaces what is no printable ASCII, and bars, which end a table's cell, in place. */
void printable_make(char *text);

/** Replaces the control characters of a UTF-8 text in place; all else stays as it is. */
void printable_hide_controls(char *text);

#endif
