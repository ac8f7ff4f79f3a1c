/*
 * fuzz_words.c: the small grammars of both programs: sizes, times, objectives, statuses, headers,
 * sweeps, systems, commands, base64. The first byte chooses one. None reads past its text, and what
 * is taken is within its documented bounds.
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "fuzz.h"
#include "plan/command_words.h"
#include "plan/expect.h"
#include "plan/header.h"
#include "plan/secret.h"
#include "plan/slo.h"
#include "plan/start_time.h"
#include "plan/sweep_plan.h"
#include "plan/system_spec.h"
#include "report/base64.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void sizes(const char *text)
{
    struct units_size size;
    if (units_parse_size(text, &size) == 0)
        fuzz_demand(size.amount >= 0 && size.bytes <= UINT64_C(1) << 53, "a size is out of range");
}

static void durations(const char *text)
{
    int64_t ns;
    if (units_parse_duration(text, &ns) == 0)
        fuzz_demand(ns >= 0 && ns <= 30 * 86400 * NS_PER_S, "a duration is out of range");
}

static void integers(const char *text)
{
    int64_t value;
    double number;
    char back[UNITS_INTEGER_SIZE];
    if (units_parse_integer(text, INT64_MIN, INT64_MAX, &value) == 0) {
        back[units_format_integer(value, back)] = '\0';
        fuzz_demand(strtoll(text, NULL, 10) == value && strtoll(back, NULL, 10) == value,
                    "an integer becomes another one");
    }
    if (units_parse_number(text, -1e9, 1e9, &number) == 0)
        fuzz_demand(fabs(number) <= 1e9, "a number is out of range");
}

static void moments(const char *text)
{
    int64_t ns;
    const int64_t now = INT64_C(1790000000) * NS_PER_S;
    if (start_time_parse(text, now, &ns) == 0)
        fuzz_demand(ns >= now, "a start is in the past");
    clock_parse_rfc3339(text, strlen(text), &ns);
}

static void objectives(const char *text)
{
    struct slo slo;
    if (slo_parse(text, &slo) == 0)
        fuzz_demand(slo.text == text && slo.limit >= 0 && slo.percent >= 0 && slo.percent <= 100,
                    "an objective is out of range");
}

static void statuses(const char *text)
{
    struct expect expect = {.count = 0};
    struct expect again = {.count = 0};
    char told[EXPECT_TEXT_SIZE];
    if (!expect_parse(text, &expect))
        return;
    expect_tell(&expect, told);
    fuzz_demand(expect_parse(told, &again), "its own text is refused");
    for (int status = 100; status < 600; status++)
        fuzz_demand(expect_holds(&expect, status) == expect_holds(&again, status),
                    "a status is lost or comes up");
}

static void headers(const char *text)
{
    if (!header_wrong(text))
        fuzz_demand(strchr(text, ':') && !strpbrk(text, "\r\n") && header_is_same(text, text),
                    "it is no header");
}

/* "CLASS.PART=VALUES", and behind a blank "A..B". */
static void sweeps(const char *text)
{
    struct sweep_plan plan = {.count = 0};
    struct sweep_value middle;
    char error[CLASS_ERROR_SIZE] = "";
    char *vary = fuzz_text((const uint8_t *)text, strcspn(text, " "));
    const char *between = strchr(text, ' ');
    if (sweep_plan_parse(&plan, vary, between ? between + 1 : NULL, error) == 0) {
        fuzz_demand(plan.dimension && plan.count > 0 && plan.count <= SWEEP_VALUES_MOST,
                    "a sweep has no values, or too many");
        for (size_t i = 0; i + 1 < plan.count; i++) {
            fuzz_demand(sweep_plan_is_more(&plan, &plan.values[i + 1], &plan.values[i]),
                        "the values do not rise");
            if (sweep_plan_middle(&plan, &plan.values[i], &plan.values[i + 1], &middle))
                fuzz_demand(sweep_plan_is_more(&plan, &middle, &plan.values[i]) &&
                                sweep_plan_is_more(&plan, &plan.values[i + 1], &middle),
                            "the middle is not between");
        }
    } else {
        fuzz_demand(error[0], "no word says what is wrong with a sweep");
    }
    free(vary);
}

static void systems(const char *text)
{
    struct system_spec spec;
    for (int kind = 0; kind < SYSTEM_SPEC_KINDS; kind++) {
        if (!system_spec_parse((enum system_spec_kind)kind, text, &spec))
            fuzz_demand(system_spec_is_label(spec.label, strlen(spec.label)) && spec.text[0],
                        "a system has no label, or no text");
    }
}

static void commands(const char *text)
{
    struct command_words words;
    if (!command_words_split(&words, text))
        return;
    fuzz_demand(words.count <= COMMAND_WORDS_MOST && !words.list[words.count],
                "the words have no end");
}

static void base64(const char *text)
{
    CLEANUP(buffer_deinit)
    struct buffer bytes = {0};
    CLEANUP(buffer_deinit)
    struct buffer back = {0};
    CLEANUP(buffer_deinit)
    struct buffer again = {0};
    if (base64_decode(text, strlen(text), &bytes))
        return;
    base64_encode(bytes.data, bytes.length, &back);
    fuzz_demand(base64_decode(back.data, back.length, &again) == 0 &&
                    again.length == bytes.length &&
                    (!bytes.length || !memcmp(again.data, bytes.data, bytes.length)),
                "bytes become others");
}

/* Masked twice is masked once; and a text in a place of its size never outgrows it. */
static void secrets(const char *text)
{
    CLEANUP(buffer_deinit)
    struct buffer masked = {0};
    secret_mask(text, &masked);
    buffer_append(&masked, "", 1);
    char *place = fuzz_text((const uint8_t *)text, strlen(text));
    secret_hide(place, strlen(text) + 1);
    fuzz_demand(strncmp(place, masked.data, strlen(place)) == 0, "two ways of masking differ");
    free(place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const grammars[])(const char *text) = {
        sizes,   durations, integers, moments,  objectives, statuses,
        headers, sweeps,    systems,  commands, base64,     secrets,
    };
    if (size == 0)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    grammars[data[0] % ARRAY_LENGTH(grammars)](text);
    free(text);
    return 0;
}
