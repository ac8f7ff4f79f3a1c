/* balance.c: see balance.h. */
#include "plan/balance.h"

#include "base/error.h"

#include <stddef.h>
#include <string.h>

static const struct balance balances[] = {
    {"roundrobin", "roundrobin", false}, {"leastconn", "leastconn", false},
    {"random", "random", false},         {"source", "source", false},
    {"split", "leastconn", true},
};

const struct balance *balance_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(balances); i++) {
        if (strcmp(balances[i].name, name) == 0)
            return &balances[i];
    }
    return NULL;
}
