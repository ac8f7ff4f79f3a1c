/* scan_capture.h: the beginnings of texts that are kept to be told: keys and values. */
#ifndef LOOPLAG_JSON_SCAN_CAPTURE_H
#define LOOPLAG_JSON_SCAN_CAPTURE_H

#include "json/scan_state.h"

#include <string.h>

/** Empties a capture. */
static inline void scan_capture_clear(struct scan_capture *capture)
{
    capture->length = 0;
    capture->cut = false;
    capture->text[0] = '\0';
}

/** Keeps what fits of bytes that may be cut anywhere. */
static inline void scan_capture_run(struct scan_capture *capture, const char *bytes, size_t length)
{
    size_t room = capture->cut ? 0 : (size_t)SCAN_TEXT_MAX - capture->length;
    if (length > room) {
        capture->cut = true;
        length = room;
    }
    memcpy(capture->text + capture->length, bytes, length);
    capture->length = (uint8_t)(capture->length + length);
}

/** Keeps a character whole or not at all. */
static inline void scan_capture_unit(struct scan_capture *capture, const char *bytes, size_t length)
{
    if (capture->length + length > SCAN_TEXT_MAX)
        capture->cut = true;
    else
        scan_capture_run(capture, bytes, length);
}

/** Completes the text: "..." where something was cut, and a NUL. */
static inline void scan_capture_close(struct scan_capture *capture)
{
    memcpy(capture->text + capture->length, "...", sizeof("..."));
    if (!capture->cut)
        capture->text[capture->length] = '\0';
}

#endif
