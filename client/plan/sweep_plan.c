/* sweep_plan.c: see sweep_plan.h. */
#include "plan/sweep_plan.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/class_keys.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double size_of(const struct traffic_class *class)
{
    return class->size.suffixed ? (double)class->size.bytes : class->size.amount * 1e6;
}

static double connections_of(const struct traffic_class *class)
{
    return class->connections;
}

static double interval_of(const struct traffic_class *class)
{
    return (double)class->interval_ns;
}

static double rate_of(const struct traffic_class *class)
{
    return (double)NS_PER_S / (double)class->interval_ns;
}

static void write_amount(char out[SWEEP_VALUE_SIZE], double amount, const char *unit)
{
    snprintf(out, SWEEP_VALUE_SIZE, "%.10g%s", amount, unit);
}

static void write_size(const struct traffic_class *like, double amount, char out[SWEEP_VALUE_SIZE])
{
    if (!like->size.suffixed)
        write_amount(out, amount / 1e6, "");
    else if (amount >= 1e6)
        write_amount(out, amount / 1e6, "MB");
    else if (amount >= 1e3)
        write_amount(out, amount / 1e3, "KB");
    else
        write_amount(out, amount, "B");
}

static void write_plain(const struct traffic_class *like, double amount, char out[SWEEP_VALUE_SIZE])
{
    (void)like;
    write_amount(out, amount, "");
}

static void write_interval(const struct traffic_class *like, double amount,
                           char out[SWEEP_VALUE_SIZE])
{
    (void)like;
    if (amount >= (double)NS_PER_S)
        write_amount(out, amount / (double)NS_PER_S, "s");
    else
        write_amount(out, amount / (double)NS_PER_MS, "ms");
}

static const struct dimension dimensions[] = {
    {.key = "size",
     .part = DIMENSION_SIZE,
     .option = "size",
     .expected = "sizes that grow, such as 100KB,1MB,5MB,25MB",
     .amount = size_of,
     .write = write_size,
     .noun = "size",
     .most = "largest",
     .up = "up",
     .before = "bodies of ",
     .after = "",
     .safe = ", so a body limit of that is safe"},
    {.key = "conns",
     .part = DIMENSION_CONNECTIONS,
     .option = "",
     .expected = "numbers of connections that grow, such as 1,2,4,8",
     .amount = connections_of,
     .write = write_plain,
     .whole = true,
     .noun = "number",
     .most = "largest",
     .up = "up",
     .before = "",
     .after = " at a time",
     .safe = ", so a limit of that is safe"},
    {.key = "rate",
     .part = DIMENSION_RATE,
     .option = "interval",
     .expected = "rates a second that grow, such as 1,2,5,10",
     .amount = rate_of,
     .write = write_plain,
     .open = true,
     .noun = "rate",
     .most = "highest",
     .up = "up",
     .before = "",
     .after = " a second",
     .safe = ", so a rate limit of that is safe"},
    {.key = "interval",
     .part = DIMENSION_INTERVAL,
     .option = "interval",
     .expected = "times that shrink, such as 1s,500ms,200ms",
     .amount = interval_of,
     .write = write_interval,
     .eases = true,
     .noun = "interval",
     .most = "shortest",
     .up = "down",
     .before = "an interval of ",
     .after = "",
     .safe = ""},
};

#define EXPECTED                                                                                   \
    "CLASS.PART=VALUES, where PART is size, conns, rate or interval, such as "                     \
    "large.size=1,5,10,25 or large.conns=1,2,4,8"

static int fail(char error[CLASS_ERROR_SIZE], const char *expected)
{
    snprintf(error, CLASS_ERROR_SIZE, "expected %s", expected);
    return SWEEP_PLAN_INVALID;
}

/* "large.size": the class and the dimension. Returns the length, or 0. */
static size_t parse_what(struct sweep_plan *plan, const char *text)
{
    size_t length = strcspn(text, "=");
    size_t name = strcspn(text, ".=");
    if (name == 0 || name >= sizeof plan->class || text[name] != '.')
        return 0;
    memcpy(plan->class, text, name);
    plan->class[name] = '\0';
    const char *key = text + name + 1;
    for (size_t i = 0; i < ARRAY_LENGTH(dimensions); i++) {
        if (strlen(dimensions[i].key) == length - name - 1 &&
            memcmp(dimensions[i].key, key, length - name - 1) == 0)
            plan->dimension = &dimensions[i];
    }
    return plan->dimension ? length : 0;
}

/* Appends the value that `text` begins with; it must be more load than the one before. */
static bool add_value(struct sweep_plan *plan, const char *text, size_t length)
{
    struct traffic_class class = {0};
    struct sweep_value *value = &plan->values[plan->count];
    if (plan->count == SWEEP_VALUES_MOST || length == 0 || length >= SWEEP_VALUE_SIZE)
        return false;
    memcpy(value->text, text, length);
    value->text[length] = '\0';
    if (class_set(&class, plan->dimension->key, value->text))
        return false;
    value->amount = plan->dimension->amount(&class);
    plan->count++;
    return plan->count == 1 || sweep_plan_is_more(plan, value, value - 1);
}

static bool parse_values(struct sweep_plan *plan, const char *text)
{
    bool good = true;
    for (const char *at = text; good && at; at = strchr(at, ',')) {
        at += at > text;
        good = add_value(plan, at, strcspn(at, ","));
    }
    return good;
}

/* The ends in either order. Those of a size are both plain or both with a unit. */
static bool parse_ends(struct sweep_plan *plan, const char *text)
{
    const char *dots = strstr(text, "..");
    struct traffic_class ends[2] = {{.size = {.amount = 0}}};
    plan->count = 0;
    plan->between = true;
    if (!dots)
        return false;
    bool good = add_value(plan, text, (size_t)(dots - text));
    good = good && (add_value(plan, dots + 2, strlen(dots + 2)) || plan->count == 2);
    if (good && sweep_plan_is_more(plan, &plan->values[0], &plan->values[1])) {
        struct sweep_value first = plan->values[0];
        plan->values[0] = plan->values[1];
        plan->values[1] = first;
    }
    for (size_t i = 0; good && i < 2; i++)
        sweep_plan_apply(plan, &plan->values[i], &ends[i]);
    return good && plan->values[0].amount > 0 && plan->values[1].amount > 0 &&
           plan->values[0].amount != plan->values[1].amount &&
           ends[0].size.suffixed == ends[1].size.suffixed;
}

int sweep_plan_parse(struct sweep_plan *plan, const char *vary, const char *between,
                     char error[CLASS_ERROR_SIZE])
{
    plan->dimension = NULL;
    plan->count = 0;
    plan->between = false;
    size_t length = parse_what(plan, vary);
    if (length == 0)
        return fail(error, EXPECTED);
    if (between)
        return parse_ends(plan, between) ? 0
                                         : fail(error, "two different values above 0 of one "
                                                       "unit, such as 1..25 or 1MB..25MB");
    if (vary[length] != '=')
        return fail(error, "values, as in large.size=1,5,10,25, or --between=A..B");
    return parse_values(plan, vary + length + 1) ? 0 : fail(error, plan->dimension->expected);
}

void sweep_plan_apply(const struct sweep_plan *plan, const struct sweep_value *value,
                      struct traffic_class *class)
{
    class_set(class, plan->dimension->key, value->text);
}

bool sweep_plan_is_more(const struct sweep_plan *plan, const struct sweep_value *a,
                        const struct sweep_value *b)
{
    return plan->dimension->eases ? a->amount < b->amount : a->amount > b->amount;
}

double sweep_plan_apart(const struct sweep_value *a, const struct sweep_value *b)
{
    return fmax(a->amount, b->amount) / fmin(a->amount, b->amount) - 1;
}

bool sweep_plan_middle(const struct sweep_plan *plan, const struct sweep_value *a,
                       const struct sweep_value *b, struct sweep_value *out)
{
    struct traffic_class class = {0};
    double amount = sqrt(a->amount * b->amount);
    double unit = pow(10, floor(log10(amount)) - 2);
    amount = plan->dimension->whole ? round(amount) : round(amount / unit) * unit;
    sweep_plan_apply(plan, a, &class);
    plan->dimension->write(&class, amount, out->text);
    sweep_plan_apply(plan, out, &class);
    out->amount = plan->dimension->amount(&class);
    return fmin(a->amount, b->amount) < out->amount && out->amount < fmax(a->amount, b->amount);
}
