/*
 * fuzz_tokens.c: a file of tokens. Each token of a file that is taken is accepted as that of its
 * user, and no header without one is.
 */
#include "fuzz.h"
#include "http/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_line(struct tokens *tokens, const char *line)
{
    static const char blanks[] = " \t\r";
    char header[TOKENS_LENGTH + sizeof "Bearer "];
    char user[TOKENS_USER_SIZE];
    line += strspn(line, blanks);
    const size_t user_length = strcspn(line, blanks);
    if (!user_length || line[0] == '#')
        return;
    const char *token = line + user_length + strspn(line + user_length, blanks);
    const int length = (int)strcspn(token, blanks);
    snprintf(header, sizeof header, "Bearer %.*s", length, token);
    fuzz_demand(tokens_accept(tokens, header, user), "a token of the file is refused");
    fuzz_demand(strlen(user) == user_length && !memcmp(user, line, user_length),
                "a token is another user's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[TOKENS_ERROR_SIZE] = "";
    char user[TOKENS_USER_SIZE];
    struct tokens tokens;
    const int r = tokens_init(&tokens, fuzz_file(data, size), error);
    fuzz_demand(r == 0 || error[0], "it says nothing");
    if (r == 0) {
        char *text = fuzz_text(data, size);
        for (char *line = text, *next; line; line = next) {
            next = strchr(line, '\n');
            if (next)
                *next++ = '\0';
            check_line(&tokens, line);
        }
        free(text);
        fuzz_demand(!tokens_accept(&tokens, NULL, user) && !tokens_accept(&tokens, "Bearer ", user),
                    "nothing is accepted as a token");
    }
    tokens_deinit(&tokens);
    tokens_deinit(&tokens);
    return 0;
}
