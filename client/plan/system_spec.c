/* system_spec.c: see system_spec.h. */
#include "plan/system_spec.h"

#include "base/units.h"
#include "plan/command_words.h"
#include "plan/url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MOST = 65535 };

const struct system_spec_name system_spec_names[SYSTEM_SPEC_KINDS] = {
    [SYSTEM_SPEC_FLAGS] = {"flags", "system"},
    [SYSTEM_SPEC_URL] = {"url", "target"},
    [SYSTEM_SPEC_COMMAND] = {"command", "start"},
};

/* There must be room for the suffix that tells whether connections are reused. */
bool system_spec_is_label(const char *text, size_t length)
{
    bool good = length > 0 && length < SYSTEM_LABEL_SIZE - sizeof " keep-alive";
    for (size_t i = 0; good && i < length; i++)
        good = isprint((unsigned char)text[i]) && text[i] != '|';
    return good && text[0] != ' ' && text[length - 1] != ' ';
}

/* Which do not say where to listen: that is chosen here. */
static bool are_flags(const struct system_spec *spec)
{
    const char *flags = spec->text + strspn(spec->text, " ");
    struct command_words words;
    return strlen(spec->text) < SYSTEM_FLAGS_SIZE && command_words_split(&words, spec->text) &&
           strncmp(flags, "--", 2) == 0 && !strstr(flags, "--port") && !strstr(flags, "--host");
}

static bool is_url(const struct system_spec *spec)
{
    return url_is_base(spec->text);
}

static bool is_command(const struct system_spec *spec)
{
    struct command_words words;
    bool told = strstr(spec->text, SYSTEM_SPEC_PORT) || strstr(spec->text, SYSTEM_SPEC_FD);
    return command_words_split(&words, spec->text) && words.count > 0 && (told || spec->port);
}

/* Takes "@8001" off the end of a label. Returns whether what stands there is a port. */
static bool take_port(struct system_spec *spec)
{
    int64_t port;
    char *at = strrchr(spec->label, '@');
    if (!at || units_parse_integer(at + 1, 1, PORT_MOST, &port))
        return !at;
    *at = '\0';
    spec->port = (unsigned)port;
    return true;
}

static const struct {
    bool (*holds)(const struct system_spec *spec);
    bool (*label)(struct system_spec *spec); /* takes what belongs to it off the label; or NULL */
    const char *expected;
} kinds[] = {
    [SYSTEM_SPEC_FLAGS] = {are_flags, NULL,
                           "expected a label of at most 52 characters and flags of looplagd (not "
                           "--host or --port), such as 'two lanes:--mode=threads --large-limit=2'"},
    [SYSTEM_SPEC_URL] = {is_url, NULL,
                         "expected a label of at most 52 characters and a URL, such as "
                         "'mine:http://localhost:8000'"},
    [SYSTEM_SPEC_COMMAND] =
        {is_command, take_port,
         "expected a label of at most 52 characters and a command that is told "
         "its {port}, such as 'mine:uvicorn app:app --port {port}', or that has "
         "one, such as 'mine@8001:./server'"},
};

const char *system_spec_parse(enum system_spec_kind kind, const char *text,
                              struct system_spec *spec)
{
    size_t length = strcspn(text, ":");
    *spec = (struct system_spec){.kind = kind, .text = text + length + (text[length] == ':')};
    bool good = text[length] == ':' && length < sizeof spec->label;
    if (good)
        snprintf(spec->label, sizeof spec->label, "%.*s", (int)length, text);
    good = good && (!kinds[kind].label || kinds[kind].label(spec)) &&
           system_spec_is_label(spec->label, strlen(spec->label)) && kinds[kind].holds(spec);
    return good ? NULL : kinds[kind].expected;
}
