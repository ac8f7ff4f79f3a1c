/*
 * fuzz_class.c: a class as it is typed. One that is taken can be written key by key, and what was
 * written gives the same class again.
 */
#include "base/error.h"
#include "fuzz.h"
#include "plan/class_keys.h"

#include <stdlib.h>
#include <string.h>

/* Makes a class of the same name, from what the first one says of itself. */
static void write_again(const struct traffic_class *class, struct traffic_class *again)
{
    char error[CLASS_ERROR_SIZE];
    char value[CLASS_PATH_SIZE];
    fuzz_demand(class_init(again, class->name, strlen(class->name), error) == 0,
                "its own name is refused");
    for (size_t i = 0; class_key_at(i); i++) {
        if (class_get(class, class_key_at(i), value))
            fuzz_demand(!class_set(again, class_key_at(i), value), "its own value is refused");
    }
}

static void compare(const struct traffic_class *class, const struct traffic_class *again)
{
    char a[CLASS_PATH_SIZE];
    char b[CLASS_PATH_SIZE];
    for (size_t i = 0; class_key_at(i); i++) {
        const bool told = class_get(class, class_key_at(i), a);
        fuzz_demand(told == class_get(again, class_key_at(i), b), "a key is lost or comes up");
        fuzz_demand(!told || strcmp(a, b) == 0, "a value becomes another one");
    }
    fuzz_demand(class->interval_ns == again->interval_ns, "an interval becomes another one");
    fuzz_demand(class->size.bytes == again->size.bytes, "a size becomes another one");
}

static void check_headers(const struct traffic_class *class)
{
    size_t count = 0;
    size_t used = 0;
    for (const char *header = NULL; (header = class_next_header(class, header)); count++) {
        used += strlen(header) + 1;
        fuzz_demand(strchr(header, ':') && !strpbrk(header, "\r\n"), "a header is none");
    }
    fuzz_demand(count <= CLASS_HEADERS_MOST && used < CLASS_HEADERS_SIZE, "too many headers");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct traffic_class class;
    static struct traffic_class again;
    char error[CLASS_ERROR_SIZE] = "";
    char *text = fuzz_text(data, size);
    const int result = class_parse(text, &class, error);
    fuzz_demand(result == 0 || (result == CLASS_INVALID && error[0]), "it says nothing");
    if (result == 0) {
        check_headers(&class);
        write_again(&class, &again);
        compare(&class, &again);
        fuzz_demand(class_complete(&class, ARRIVAL_UNSET, error) == 0 ||
                        strnlen(error, sizeof error) > 0,
                    "it can't be completed, and says nothing");
    }
    free(text);
    return 0;
}
