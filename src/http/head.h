/*
 * head.h: what a request's head says, and every rule about header fields that
 * is ours: libmicrohttpd (client discipline 1) refuses by itself what two
 * parsers could frame differently, what is no field at all, and a Host too many
 * or too few. It lets control characters pass (in a method, a target or a value),
 * and heads of any length that fits its memory.
 *
 * Pure: fields in, facts and verdict out.
 */
#ifndef LOOPLAG_HTTP_HEAD_H
#define LOOPLAG_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for a request id and its NUL; a longer one is cut. */
#define HEAD_ID_SIZE 65

/** The longest head, request line and fields together. */
#define HEAD_SIZE_MAX ((size_t)33 << 10)

/**
 * The memory that libmicrohttpd has for a request and the head of its reply. Half of it is the
 * largest upload chunk. It lets its read buffer shrink to a few bytes, and a large body take
 * seconds, when less than eight increments are left beside a head. It is zeroed for each
 * request, so it is no larger.
 */
#define HEAD_MEMORY ((size_t)42 << 10)
#define HEAD_MEMORY_INCREMENT ((size_t)1 << 10)

/** So much of it a request may take beside its body; the rest is for the reply. */
#define HEAD_MEMORY_MAX (HEAD_MEMORY - ((size_t)1 << 10))

/** What libmicrohttpd takes for a field, an argument, a cookie or a trailer, beside its text. */
#define HEAD_ENTRY_MEMORY ((size_t)64)

/** A head, field by field. Texts are the connection's. */
struct request_head {
    const char *method;
    const char *path;
    const char *version;      /**< "HTTP/1.1" */
    const char *content_type; /**< NULL: none */
    uint64_t content_length;  /**< 0 without one */
    size_t fields_size;       /**< bytes of the fields so far */
    size_t memory;            /**< of libmicrohttpd's memory, what was taken so far */
    int status;               /**< 0, or the status of the first refusal */
    const char *detail;       /**< why, for the one who sent it */
    char *id;                 /**< the X-Request-ID, made printable; "" without one */
    bool has_length;          /**< a Content-Length was sent */
    bool chunked;
    bool expects_continue;
    bool closes;            /**< the client asked for the connection's end after the reply */
    bool lacks_token;       /**< a user's is asked for, and it has none */
    bool lacks_admin_token; /**< the same of an operator's */
    bool no_room;           /**< refused, and libmicrohttpd may have no memory for the reply */
};

/** Starts a head; `id` (borrowed, HEAD_ID_SIZE bytes) takes the request id. */
void head_begin(struct request_head *head, const char *method, const char *target,
                const char *version, char *id);

/** Refuses the head, unless it is refused already. `detail` is static. */
void head_refuse(struct request_head *head, int status, const char *detail);

/** Takes a field in; the value ends with a NUL. */
void head_field(struct request_head *head, const char *name, size_t name_length, const char *value,
                size_t value_length);

/** Takes note of an argument or a cookie that libmicrohttpd has made an entry of. */
void head_entry(struct request_head *head);

/** Judges the whole after the last field; `size` is that of request line and fields. */
void head_end(struct request_head *head, size_t size);

/** Whether a text (a header's value, a trailer's, a target) is free of control characters. */
bool head_text_is_clean(const char *text, size_t length);

#endif
