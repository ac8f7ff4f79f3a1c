/* offer.c: see offer.h. */
#include "systems/offer.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void add_line(struct offer *offer, const char *line)
{
    size_t length = strcspn(line, " \t");
    if (length == 0 || length >= OFFER_NAME_SIZE || offer->count == OFFER_MOST)
        return;
    memcpy(offer->names[offer->count], line, length);
    offer->names[offer->count++][length] = '\0';
}

int offer_ask(struct offer *offer, const char *path, const char *flag,
              char error[SERVER_ERROR_SIZE])
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    char name[] = "looplagd";
    char question[32];
    char *const arguments[] = {name, question, NULL};
    const struct server_command command = {.name = name, .path = path, .arguments = arguments};
    snprintf(question, sizeof question, "%s", flag);
    memset(offer, 0, sizeof *offer);
    int r = server_ask(&command, &text, error);
    if (r == 0)
        r = buffer_append(&text, "", 1);
    char *rest = r ? NULL : text.data;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        add_line(offer, line);
    return r;
}

bool offer_has(const struct offer *offer, const char *name)
{
    size_t length = strcspn(name, "?");
    for (size_t i = 0; i < offer->count; i++) {
        if (strlen(offer->names[i]) == length && memcmp(offer->names[i], name, length) == 0)
            return true;
    }
    return offer->count == 0;
}

void offer_list(const struct offer *offer, char out[OFFER_TEXT_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < offer->count && used < OFFER_TEXT_SIZE; i++) {
        const char *before = i == 0 ? "" : i + 1 < offer->count ? ", " : " or ";
        used +=
            (size_t)snprintf(out + used, OFFER_TEXT_SIZE - used, "%s%s", before, offer->names[i]);
    }
}
