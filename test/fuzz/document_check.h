/*
 * document_check.h: judges the parser of /await, which takes a text in pieces, against that of
 * /ping, which takes it whole; for the unit tests and the fuzzer alike.
 */
#ifndef LOOPLAG_DOCUMENT_CHECK_H
#define LOOPLAG_DOCUMENT_CHECK_H

#include <stddef.h>

/**
 * Parses the text in pieces of `piece` bytes after a first one of `first` bytes, with so much
 * memory for the document, and compares with the parse of the whole. bind_setup was called. Returns
 * NULL, or what differs.
 */
const char *document_check_split(const char *bytes, size_t length, size_t first, size_t piece,
                                 size_t most_memory);

#endif
