/*
 * system_spec.h: a system under test as it is typed: a label, and flags of
 * looplagd, the URL of a server that runs already, or the command that starts
 * one.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_SPEC_H
#define LOOPLAG_CLIENT_SYSTEM_SPEC_H

#include <stdbool.h>
#include <stddef.h>

enum { SYSTEM_LABEL_SIZE = 64, SYSTEM_FLAGS_SIZE = 512, SYSTEM_PODS_MOST = 16 };

/** What the text behind the label is. */
enum system_spec_kind {
    SYSTEM_SPEC_FLAGS,   /**< 'two lanes:--mode=threads --large-limit=2' */
    SYSTEM_SPEC_URL,     /**< 'production:https://api.example.com' */
    SYSTEM_SPEC_COMMAND, /**< 'mine:uvicorn app:app --port {port}', 'mine@8001:./server' */
    SYSTEM_SPEC_KINDS
};

/** What a plan calls the text of each kind, and the option that takes it with its label. */
extern const struct system_spec_name {
    const char *key;
    const char *option;
} system_spec_names[SYSTEM_SPEC_KINDS];

struct system_spec {
    enum system_spec_kind kind;
    char label[SYSTEM_LABEL_SIZE];
    const char *text; /**< borrowed */
    unsigned port;    /**< of a command: where it listens by itself; 0: where it is told to */
    const char *const *headers; /**< of requests to it alone; NULL-terminated, or NULL; borrowed */
};

/** What a command is told: a port to listen on, or a socket that listens and that it inherits. */
#define SYSTEM_SPEC_PORT "{port}"
#define SYSTEM_SPEC_FD "{fd}"

/**
 * Reads "LABEL:TEXT", or of a command also "LABEL@PORT:TEXT". Returns NULL, or what was expected:
 * static text.
 */
const char *system_spec_parse(enum system_spec_kind kind, const char *text,
                              struct system_spec *spec);

/** Whether a text can stand for a system in a table, in file names and in sentences. */
bool system_spec_is_label(const char *text, size_t length);

#endif
